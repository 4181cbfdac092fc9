// What the bench of real sockets needs of Linux and Swift cannot call: interfaces and sockets inside another network
// namespace. The calling thread is back in its own namespace when a function returns. All return a descriptor or 0, and
// the negative errno when something failed.
#pragma once

#include <stdint.h>

// Opens a new TUN interface `name` in the namespace at `path` (a file such as /run/netns/left), gives it the IPv4
// address `own` with the other end `peer`, and takes it up. Packets are bare IP packets; reading does not block.
int tunnel_open(const char *path, const char *name, const char *own, const char *peer);

// A UDP socket in the namespace, bound to `address` and `port`, whose arrivals the kernel stamps.
int tunnel_udp(const char *path, const char *address, uint16_t port);

int tunnel_connect(int socket, const char *address, uint16_t port);

// Reads one datagram: its size, and when the kernel took it, in nanoseconds of CLOCK_REALTIME.
long tunnel_receive(int socket, void *bytes, unsigned long size, int64_t *realtime);

// Runs the calling thread before all others, without slack in its timers. 0, or the negative errno.
int tunnel_hurry(void);

// Waits for the descriptors to be readable, or `nanoseconds`; a bit for each that is. Negative nanoseconds: for ever.
int tunnel_wait(const int *descriptors, int count, int64_t nanoseconds);
