// The least that sending and receiving one SRTP packet can cost with the system's libraries: libsrtp2 protect, sendto,
// recvfrom, unprotect of packets over loopback UDP, in one thread of one process. Prints one line of JSON; all figures
// are nanoseconds of this thread's CPU time per packet, each the median of the rounds.
//
//   packet-floor [--bytes 1100] [--packets 20000] [--rounds 7]

#define _GNU_SOURCE
#include "floor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// A default socket buffer holds about 92 packets of this size; a batch stays well below.
enum { BATCH = 32, SLOT = 2048, STEPS = 4, MAX_ROUNDS = 99 };
enum { PROTECT, SENDTO, RECVFROM, UNPROTECT };

struct path {
    srtp_t outbound, inbound;
    int sender, receiver;
    struct sockaddr_in target;
    int bytes;
    uint32_t next;
    uint8_t plain[SLOT];
    uint8_t out[BATCH][SLOT], in[BATCH][SLOT];
    int out_bytes[BATCH], in_bytes[BATCH];
};

static void check(srtp_err_status_t status, const char *what) {
    char number[16];
    snprintf(number, sizeof number, "%d", status);
    if (status != srtp_err_status_ok) floor_fail(what, number);
}

static srtp_t session(srtp_profile_t profile, srtp_ssrc_type_t direction, uint8_t *key) {
    srtp_policy_t policy;
    memset(&policy, 0, sizeof policy);
    check(srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, profile), "RTP policy");
    check(srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, profile), "RTCP policy");
    policy.ssrc.type = direction;
    policy.key = key;
    policy.window_size = 1024;
    srtp_t made;
    check(srtp_create(&made, &policy), "srtp_create");
    return made;
}

static int loopback(struct sockaddr_in *address) {
    int made = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    memset(address, 0, sizeof *address);
    address->sin_family = AF_INET;
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof *address;
    if (made < 0 || bind(made, (struct sockaddr *)address, length) != 0 ||
        getsockname(made, (struct sockaddr *)address, &length) != 0)
        floor_fail("socket", strerror(errno));
    return made;
}

static void open_path(struct path *path, srtp_profile_t profile, int bytes) {
    uint8_t key[64];
    for (size_t i = 0; i < sizeof key; i++) key[i] = (uint8_t)(i * 7 + 1);
    struct sockaddr_in sender;
    memset(path, 0, sizeof *path);
    path->outbound = session(profile, ssrc_any_outbound, key);
    path->inbound = session(profile, ssrc_any_inbound, key);
    path->sender = loopback(&sender);
    path->receiver = loopback(&path->target);
    path->bytes = bytes;
    path->plain[0] = 0x80;
    path->plain[1] = 96;
    memcpy(path->plain + 8, "\x12\x34\x56\x78", 4);
    for (int i = 12; i < bytes; i++) path->plain[i] = (uint8_t)(i * 31);
}

static void close_path(struct path *path) {
    srtp_dealloc(path->outbound);
    srtp_dealloc(path->inbound);
    close(path->sender);
    close(path->receiver);
}

// Writes the next packet of the stream: the template with its sequence number and timestamp.
static void fill(struct path *path, int slot) {
    uint8_t *packet = path->out[slot];
    uint16_t sequence = htons((uint16_t)path->next);
    uint32_t timestamp = htonl(path->next * 100);
    memcpy(packet, path->plain, (size_t)path->bytes);
    memcpy(packet + 2, &sequence, 2);
    memcpy(packet + 4, &timestamp, 4);
    path->out_bytes[slot] = path->bytes;
    path->next++;
}

static void protect(struct path *path, int slot) {
    check(srtp_protect(path->outbound, path->out[slot], &path->out_bytes[slot]), "srtp_protect");
}

static void transmit(struct path *path, int slot) {
    ssize_t sent = sendto(path->sender, path->out[slot], (size_t)path->out_bytes[slot], 0,
                          (struct sockaddr *)&path->target, sizeof path->target);
    if (sent != path->out_bytes[slot]) floor_fail("sendto", strerror(errno));
}

// Loopback delivers before sendto returns, so a packet that is not there is lost and the measurement void.
static void receive(struct path *path, int slot) {
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    ssize_t got = recvfrom(path->receiver, path->in[slot], SLOT, 0, (struct sockaddr *)&from, &length);
    if (got <= 0) floor_fail("recvfrom", strerror(errno));
    path->in_bytes[slot] = (int)got;
}

static void unprotect(struct path *path, int slot) {
    check(srtp_unprotect(path->inbound, path->in[slot], &path->in_bytes[slot]), "srtp_unprotect");
}

static void verify(struct path *path, int slot) {
    if (path->in_bytes[slot] != path->bytes || memcmp(path->in[slot] + 12, path->plain + 12, (size_t)path->bytes - 12))
        floor_fail("verify", "the packet did not come back as it was");
}

// One round step by step, in batches so that reading the clock is not what is measured.
static void run_steps(struct path *path, int packets, double result[STEPS]) {
    static void (*const steps[STEPS])(struct path *, int) = {protect, transmit, receive, unprotect};
    int64_t total[STEPS] = {0};
    for (int done = 0; done < packets; done += BATCH) {
        for (int slot = 0; slot < BATCH; slot++) fill(path, slot);
        for (int step = 0; step < STEPS; step++) {
            int64_t start = floor_cpu_ns();
            for (int slot = 0; slot < BATCH; slot++) steps[step](path, slot);
            total[step] += floor_cpu_ns() - start;
        }
        verify(path, 0);
    }
    for (int step = 0; step < STEPS; step++) result[step] = (double)total[step] / packets;
}

// One round of whole packets, one after the other, with no clock in between.
static double run_path(struct path *path, int packets) {
    int64_t start = floor_cpu_ns();
    for (int done = 0; done < packets; done++) {
        fill(path, 0);
        protect(path, 0);
        transmit(path, 0);
        receive(path, 0);
        unprotect(path, 0);
    }
    double result = (double)(floor_cpu_ns() - start) / packets;
    verify(path, 0);
    return result;
}

static void measure(const char *name, srtp_profile_t profile, int bytes, int packets, int rounds) {
    static struct path path;
    static double values[STEPS + 1][MAX_ROUNDS];
    open_path(&path, profile, bytes);
    run_path(&path, packets / 10);  // caches, branch predictors and lazy initialisation
    for (int round = 0; round < rounds; round++) {
        double steps[STEPS];
        run_steps(&path, packets, steps);
        for (int step = 0; step < STEPS; step++) values[step][round] = steps[step];
        values[STEPS][round] = run_path(&path, packets);
    }
    printf("\"%s.protect_ns\":%.0f,\"%s.sendto_ns\":%.0f,\"%s.recvfrom_ns\":%.0f,\"%s.unprotect_ns\":%.0f,"
           "\"%s.path_ns\":%.0f",
           name, floor_median(values[PROTECT], (size_t)rounds), name, floor_median(values[SENDTO], (size_t)rounds),
           name, floor_median(values[RECVFROM], (size_t)rounds), name, floor_median(values[UNPROTECT], (size_t)rounds),
           name, floor_median(values[STEPS], (size_t)rounds));
    close_path(&path);
}

int main(int argc, char **argv) {
    int bytes = (int)floor_number(argc, argv, "--bytes", 1100);
    int packets = (int)floor_number(argc, argv, "--packets", 20000) / BATCH * BATCH;
    int rounds = (int)floor_number(argc, argv, "--rounds", 7);
    if (bytes < 13 || bytes > SLOT - SRTP_MAX_TRAILER_LEN || packets < BATCH || rounds < 1 || rounds > MAX_ROUNDS)
        floor_fail("packet-floor", "13 to 1900 bytes, at least 32 packets, 1 to 99 rounds");
    check(srtp_init(), "srtp_init");
    printf("{\"benchmark\":\"packet-floor\",\"parameters\":{\"bytes\":%d,\"packets\":%d,\"rounds\":%d},\"metrics\":{",
           bytes, packets, rounds);
    measure("gcm", srtp_profile_aead_aes_128_gcm, bytes, packets, rounds);
    printf(",");
    measure("sha1", srtp_profile_aes128_cm_sha1_80, bytes, packets, rounds);
    printf("}}\n");
    return 0;
}
