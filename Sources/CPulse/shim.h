// libpulse as Swift can import it, and its main loop over a GLib context.
#ifndef RAPPORT_CPULSE_SHIM_H
#define RAPPORT_CPULSE_SHIM_H

#include <pulse/context.h>
#include <pulse/error.h>
#include <pulse/introspect.h>
#include <pulse/proplist.h>
#include <pulse/stream.h>
#include <pulse/subscribe.h>

// <pulse/glib-mainloop.h> would bring GLib's headers along; a context is only passed through here.
struct _GMainContext;
typedef struct pa_glib_mainloop pa_glib_mainloop;
pa_glib_mainloop *pa_glib_mainloop_new(struct _GMainContext *context);
void pa_glib_mainloop_free(pa_glib_mainloop *loop);
pa_mainloop_api *pa_glib_mainloop_get_api(pa_glib_mainloop *loop);

static const uint32_t rapport_pulse_no_index = PA_INVALID_INDEX;
static const uint32_t rapport_pulse_default_size = (uint32_t) -1;

#endif
