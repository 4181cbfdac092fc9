// libopus as Swift can import it: the variadic control calls become static inline functions.
#ifndef RAPPORT_COPUS_SHIM_H
#define RAPPORT_COPUS_SHIM_H

#include <opus/opus.h>

#endif
