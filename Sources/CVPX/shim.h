// libvpx as Swift can import it: variadic controls and ABI-versioned initialisers become static inline functions.
#ifndef RAPPORT_CVPX_SHIM_H
#define RAPPORT_CVPX_SHIM_H

#include <vpx/vp8cx.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vpx_encoder.h>

#endif
