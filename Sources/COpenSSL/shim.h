// OpenSSL as Swift can import it: function-like macros become static inline functions.
#ifndef RAPPORT_COPENSSL_SHIM_H
#define RAPPORT_COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/srtp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <sys/time.h>

// Keys and certificates.

static inline EVP_PKEY *rapport_generate_p256(void) { return EVP_EC_gen("P-256"); }
static inline EVP_PKEY *rapport_generate_rsa2048(void) { return EVP_RSA_gen(2048); }

// SSL_CTX: policy.

static inline int rapport_ctx_set_only_dtls12(SSL_CTX *ctx) {
    return SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) && SSL_CTX_set_max_proto_version(ctx, DTLS1_2_VERSION);
}
static inline int rapport_ctx_set_groups(SSL_CTX *ctx, const char *list) {
    return (int)SSL_CTX_set1_groups_list(ctx, list);
}
static inline int rapport_ctx_set_signature_algorithms(SSL_CTX *ctx, const char *list) {
    return (int)SSL_CTX_set1_sigalgs_list(ctx, list);
}
static inline void rapport_ctx_set_no_session_cache(SSL_CTX *ctx) {
    (void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
}
static inline void rapport_ctx_set_options(SSL_CTX *ctx) {
    SSL_CTX_set_options(ctx, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_SINGLE_ECDH_USE);
}

// SSL: datagrams and time.

static inline int rapport_dtls_set_link_mtu(SSL *ssl, long mtu) { return (int)DTLS_set_link_mtu(ssl, mtu); }

// Microseconds until the retransmission timer is due, 0 when it is, -1 when none runs.
static inline int64_t rapport_dtls_timeout(SSL *ssl) {
    struct timeval left;
    if (!DTLSv1_get_timeout(ssl, &left)) return -1;
    return (int64_t)left.tv_sec * 1000000 + left.tv_usec;
}
static inline int rapport_dtls_handle_timeout(SSL *ssl) { return (int)DTLSv1_handle_timeout(ssl); }
static inline int rapport_dtls_has_extended_master_secret(SSL *ssl) { return SSL_get_extms_support(ssl) == 1; }

// BIO.

static inline void rapport_bio_set_retry_read(BIO *bio) {
    BIO_clear_retry_flags(bio);
    BIO_set_retry_read(bio);
}
static inline void rapport_bio_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }

#endif
