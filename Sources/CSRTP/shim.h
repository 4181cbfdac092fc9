// libsrtp2 as Swift can import it.
#ifndef RAPPORT_CSRTP_SHIM_H
#define RAPPORT_CSRTP_SHIM_H

#include <stddef.h>
#include <srtp2/srtp.h>

// Overwrites key material. Volatile, so that a compiler may not leave out a store nobody reads.
static inline void rapport_srtp_wipe(void *bytes, size_t count) {
    volatile unsigned char *cursor = (volatile unsigned char *)bytes;
    while (count--) *cursor++ = 0;
}

#endif
