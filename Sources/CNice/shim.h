// libnice and GLib as Swift can import them: macros and variadic calls become static inline functions.
#ifndef RAPPORT_CNICE_SHIM_H
#define RAPPORT_CNICE_SHIM_H

#include <gio/gio.h>
#include <glib-object.h>
#include <nice/agent.h>

#endif
