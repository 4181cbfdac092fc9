// libsrtp2 as Swift can import it.
#ifndef RAPPORT_CSRTP_SHIM_H
#define RAPPORT_CSRTP_SHIM_H

#include <srtp2/srtp.h>

#endif
