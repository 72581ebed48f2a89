/* SPDX-License-Identifier: ISC */
#include "smtp/net_cert.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/env.h"
#include "base/text.h"

/* ---- the leaf ---- */

static void tell_issuer(X509 *leaf, struct smtp_offer *o)
{
    char *text = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio == NULL)
        return;
    if (X509_NAME_print_ex(bio, X509_get_issuer_name(leaf), 0,
                           XN_FLAG_ONELINE & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0) {
        long len = BIO_get_mem_data(bio, &text);
        if (len > 0)
            text_printable(o->issuer, sizeof(o->issuer), text, (size_t)len);
    }
    BIO_free(bio);
}

static void tell_end(X509 *leaf, struct smtp_offer *o)
{
    struct tm tm;
    if (ASN1_TIME_to_tm(X509_get0_notAfter(leaf), &tm) != 1)
        return;
    int64_t days = ((int64_t)timegm(&tm) - env_now()) / 86400;
    if (days > INT32_MIN && days <= INT32_MAX)
        o->days_left = (int32_t)days;
}

/* A name that is none, or does not fit any more, is left out whole. */
static void add_name(struct smtp_offer *o, const char *name, size_t len)
{
    size_t have = strlen(o->names);
    bool plain = len > 0 && text_is_utf8(name, len) && !text_has_control(name, len) &&
                 memchr(name, ' ', len) == NULL;
    if (plain && have + len + 2 <= sizeof(o->names))
        snprintf(o->names + have, sizeof(o->names) - have, "%s%.*s", have > 0 ? " " : "", (int)len,
                 name);
}

static void add_alternative(struct smtp_offer *o, const GENERAL_NAME *name)
{
    char address[INET6_ADDRSTRLEN];
    int kind = 0;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &kind);
    if (kind == GEN_DNS) {
        add_name(o, (const char *)ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
    } else if (kind == GEN_IPADD) {
        int family = ASN1_STRING_length(value) == 4 ? AF_INET : AF_INET6;
        bool sized = ASN1_STRING_length(value) == 4 || ASN1_STRING_length(value) == 16;
        if (sized && inet_ntop(family, ASN1_STRING_get0_data(value), address, sizeof(address)))
            add_name(o, address, strlen(address));
    }
}

static void tell_names(X509 *leaf, struct smtp_offer *o)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; names != NULL && i < sk_GENERAL_NAME_num(names); i++)
        add_alternative(o, sk_GENERAL_NAME_value(names, i));
    GENERAL_NAMES_free(names);
}

/* ---- the authorities ---- */

static void add_pin(struct smtp_offer *o, X509 *certificate)
{
    unsigned char *der = NULL;
    unsigned int len = 0;
    int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    if (size > 0 && o->pin_count < OFFER_PINS &&
        EVP_Digest(der, (size_t)size, o->pins[o->pin_count], &len, EVP_sha256(), NULL) == 1)
        o->pin_count++;
    OPENSSL_free(der);
}

/* The chain as it was verified, up to the authority that is trusted here: the last one
 * stays when a provider changes what is between. A certificate that is its own authority
 * is pinned itself. */
static void tell_pins(STACK_OF(X509) * chain, struct smtp_offer *o)
{
    int count = sk_X509_num(chain);
    int first = count > 1 ? 1 : 0;
    o->pin_count = 0;
    for (int i = first; i < count && o->pin_count < OFFER_PINS - 1; i++)
        add_pin(o, sk_X509_value(chain, i));
    if (count - first > OFFER_PINS - 1)
        add_pin(o, sk_X509_value(chain, count - 1));
}

/* ---- watching ---- */

static int judge(X509_STORE_CTX *store, void *self)
{
    struct net_cert *c = self;
    struct smtp_offer *o = c->offer;
    X509 *leaf = X509_STORE_CTX_get0_cert(store);
    int good = X509_verify_cert(store);
    o->issuer[0] = o->names[0] = '\0';
    if (leaf != NULL) {
        tell_issuer(leaf, o);
        tell_end(leaf, o);
        tell_names(leaf, o);
    }
    if (good == 1)
        tell_pins(X509_STORE_CTX_get0_chain(store), o);
    return good;
}

static int place = -1; /* of the struct net_cert in an SSL_CTX */

static void watch(const SSL *ssl, int where, int value)
{
    struct net_cert *c = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), place);
    (void)value;
    if ((where & SSL_CB_HANDSHAKE_DONE) == 0 || c->secured != 0)
        return;
    c->secured = env_monotonic_ms();
    snprintf(c->offer->tls_version, sizeof(c->offer->tls_version), "%s", SSL_get_version(ssl));
    snprintf(c->offer->tls_cipher, sizeof(c->offer->tls_cipher), "%s",
             SSL_CIPHER_get_name(SSL_get_current_cipher(ssl)));
}

bool net_cert_watch(SSL_CTX *context, struct net_cert *cert)
{
    if (place < 0)
        place = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    if (place < 0 || SSL_CTX_set_ex_data(context, place, cert) != 1)
        return false;
    SSL_CTX_set_cert_verify_callback(context, judge, cert);
    SSL_CTX_set_info_callback(context, watch);
    if (cert->begun == 0)
        cert->begun = env_monotonic_ms();
    return true;
}
