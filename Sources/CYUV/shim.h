// libyuv: image scaling. Only what is used is included; the whole header set brings C++ and ARGB along.
#ifndef RAPPORT_CYUV_SHIM_H
#define RAPPORT_CYUV_SHIM_H
#include <libyuv/scale.h>
#endif
