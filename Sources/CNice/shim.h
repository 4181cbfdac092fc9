// libnice and GLib as Swift can import them: macros and variadic calls become static inline functions.
#ifndef RAPPORT_CNICE_SHIM_H
#define RAPPORT_CNICE_SHIM_H

#include <arpa/inet.h>
#include <gio/gio.h>
#include <glib-object.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <nice/agent.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

// g_object_set is variadic: one function for each type of value.
static inline void rapport_set_bool(NiceAgent *agent, const char *name, gboolean value) {
    g_object_set(agent, name, value, NULL);
}
static inline void rapport_set_uint(NiceAgent *agent, const char *name, guint value) {
    g_object_set(agent, name, value, NULL);
}
static inline void rapport_set_string(NiceAgent *agent, const char *name, const char *value) {
    g_object_set(agent, name, value, NULL);
}
static inline guint rapport_get_uint(NiceAgent *agent, const char *name) {
    guint value = 0;
    g_object_get(agent, name, &value, NULL);
    return value;
}

// True when the loaded libnice knows the property: the library has no version number to ask for.
static inline gboolean rapport_nice_has_property(const char *name) {
    gpointer type = g_type_class_ref(nice_agent_get_type());
    gboolean found = g_object_class_find_property((GObjectClass *)type, name) != NULL;
    g_type_class_unref(type);
    return found;
}

// GType constants are macros with casts.
static inline gulong rapport_connect(NiceAgent *agent, const char *signal, GCallback callback, gpointer data) {
    return g_signal_connect_data(agent, signal, callback, data, NULL, (GConnectFlags)0);
}
static inline void rapport_disconnect(NiceAgent *agent, gulong handler) {
    g_signal_handler_disconnect(agent, handler);
}
static inline void rapport_unref(NiceAgent *agent) { g_object_unref(agent); }

static inline GSocket *rapport_socket_at(GPtrArray *sockets, guint index) {
    return (GSocket *)g_ptr_array_index(sockets, index);
}
static inline int rapport_socket_fd(GSocket *socket) { return g_socket_get_fd(socket); }

static inline gboolean rapport_is_would_block(const GError *error) {
    return g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

// A list of GInetAddress, or NULL; the error is of no use to us.
static inline GList *rapport_lookup_finish(GObject *resolver, GAsyncResult *result) {
    return g_resolver_lookup_by_name_finish(G_RESOLVER(resolver), result, NULL);
}
// NULL for a link-local address, whose scope a candidate cannot carry.
static inline char *rapport_inet_address_text(gpointer address) {
    if (g_inet_address_get_is_link_local(G_INET_ADDRESS(address))) return NULL;
    return g_inet_address_to_string(G_INET_ADDRESS(address));
}

static inline const struct sockaddr *rapport_sockaddr(const NiceAddress *address) { return &address->s.addr; }

#endif
