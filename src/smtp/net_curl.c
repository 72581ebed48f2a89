/* SPDX-License-Identifier: ISC */
#include "smtp/net_curl.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "base/wiping.h"

/* RFC 5321 section 4.1.3: what a client says that has no name of its own. */
#define EHLO_NAME "%5B127.0.0.1%5D"

CURLcode net_curl_secure(CURL *curl, const char *ca_file, uint32_t connect_ms)
{
    CURLcode bad = 0;
    bad |= curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    bad |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    bad |= curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    bad |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    if (ca_file[0] != '\0') {
        bad |= curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file);
        bad |= curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    return bad;
}

static long response_seconds(uint32_t total_ms)
{
    /* A server that is silent must leave time to ask whether it waits for TLS. */
    return total_ms * 2 / 3 < 1000 ? 1 : (long)(total_ms * 2 / 3 / 1000);
}

CURLcode net_curl_prepare(CURL *curl, const struct net_place *p)
{
    char url[400];
    bool bare_v6 = strchr(p->host, ':') != NULL;
    snprintf(url, sizeof(url), "%s://%s%s%s:%u/%s", p->implicit ? "smtps" : "smtp",
             bare_v6 ? "[" : "", p->host, bare_v6 ? "]" : "", (unsigned)p->port, EHLO_NAME);
    CURLcode bad = net_curl_secure(curl, p->ca_file, p->connect_ms);
    bad |= curl_easy_setopt(curl, CURLOPT_URL, url);
    bad |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    bad |= curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)p->total_ms);
    bad |= curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, response_seconds(p->total_ms));
    bad |= curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
    return bad | curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
}

static void *wiping_crypto_alloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return wiping_alloc(size);
}

static void *wiping_crypto_resize(void *block, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return wiping_resize(block, size);
}

static void wiping_crypto_free(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    wiping_free(block);
}

bool net_curl_start(void)
{
    return CRYPTO_set_mem_functions(wiping_crypto_alloc, wiping_crypto_resize,
                                    wiping_crypto_free) == 1 &&
           curl_global_init_mem(CURL_GLOBAL_DEFAULT, wiping_alloc, wiping_free, wiping_resize,
                                wiping_strdup, wiping_zeroed) == CURLE_OK;
}
