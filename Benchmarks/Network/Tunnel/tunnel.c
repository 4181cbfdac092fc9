#define _GNU_SOURCE
#include "tunnel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { QUEUE_LENGTH = 2000 };

// Enters the namespace; returns a descriptor of the one that was left.
static int enter(const char *path) {
    int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home < 0) return -errno;
    int there = open(path, O_RDONLY | O_CLOEXEC);
    int error = there < 0 || setns(there, CLONE_NEWNET) < 0 ? errno : 0;
    if (there >= 0) close(there);
    if (error) {
        close(home);
        return -error;
    }
    return home;
}

static int leave(int home, int result) {
    int error = setns(home, CLONE_NEWNET) < 0 ? errno : 0;
    close(home);
    return error ? -error : result;
}

static void set_address(struct sockaddr *place, const char *text) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    inet_pton(AF_INET, text, &address.sin_addr);
    memcpy(place, &address, sizeof address);
}

static int ask(int socket, unsigned long request, struct ifreq *interface) {
    return ioctl(socket, request, interface) < 0 ? -errno : 0;
}

static int configure(int socket, const char *name, const char *own, const char *peer) {
    struct ifreq interface = {0};
    strncpy(interface.ifr_name, name, IFNAMSIZ - 1);
    int error;
    set_address(&interface.ifr_addr, own);
    if ((error = ask(socket, SIOCSIFADDR, &interface))) return error;
    set_address(&interface.ifr_dstaddr, peer);
    if ((error = ask(socket, SIOCSIFDSTADDR, &interface))) return error;
    interface.ifr_qlen = QUEUE_LENGTH;
    if ((error = ask(socket, SIOCSIFTXQLEN, &interface))) return error;
    interface.ifr_flags = IFF_UP | IFF_RUNNING | IFF_POINTOPOINT;
    return ask(socket, SIOCSIFFLAGS, &interface);
}

// Takes up the loopback interface, without which a process cannot speak to itself.
static void raise_loopback(int socket) {
    struct ifreq interface = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    ask(socket, SIOCSIFFLAGS, &interface);
}

// Neighbour discovery would be seen on the link.
static void silence_ipv6(void) {
    int file = open("/proc/sys/net/ipv6/conf/all/disable_ipv6", O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    if (write(file, "1", 1) < 0) errno = 0;
    close(file);
}

static int open_here(const char *name, const char *own, const char *peer) {
    silence_ipv6();
    int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (device < 0) return -errno;
    struct ifreq interface = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    strncpy(interface.ifr_name, name, IFNAMSIZ - 1);
    int error = ask(device, TUNSETIFF, &interface);
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (control < 0 && !error) error = -errno;
    if (!error) error = configure(control, name, own, peer);
    if (control >= 0) {
        raise_loopback(control);
        close(control);
    }
    if (!error) return device;
    close(device);
    return error;
}

int tunnel_open(const char *path, const char *name, const char *own, const char *peer) {
    int home = enter(path);
    return home < 0 ? home : leave(home, open_here(name, own, peer));
}

static int udp_here(const char *address, uint16_t port) {
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, address, &own.sin_addr);
    int on = 1, room = 4 << 20;
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) == 0 &&
        bind(descriptor, (struct sockaddr *)&own, sizeof own) == 0)
        return descriptor;
    int error = errno;
    close(descriptor);
    return -error;
}

int tunnel_udp(const char *path, const char *address, uint16_t port) {
    int home = enter(path);
    return home < 0 ? home : leave(home, udp_here(address, port));
}

int tunnel_connect(int socket, const char *address, uint16_t port) {
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, address, &peer.sin_addr);
    return connect(socket, (struct sockaddr *)&peer, sizeof peer) < 0 ? -errno : 0;
}

long tunnel_receive(int socket, void *bytes, unsigned long size, int64_t *realtime) {
    struct iovec part = {.iov_base = bytes, .iov_len = size};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(struct timespec))];
    } control;
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t count = recvmsg(socket, &message, 0);
    if (count < 0) return -errno;
    *realtime = 0;
    for (struct cmsghdr *each = CMSG_FIRSTHDR(&message); each; each = CMSG_NXTHDR(&message, each)) {
        if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_TIMESTAMPNS) continue;
        struct timespec time;
        memcpy(&time, CMSG_DATA(each), sizeof time);
        *realtime = time.tv_sec * 1000000000LL + time.tv_nsec;
    }
    return count;
}

int tunnel_hurry(void) {
    prctl(PR_SET_TIMERSLACK, 1);
    struct sched_param priority = {.sched_priority = 10};
    if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0 || sched_setscheduler(0, SCHED_FIFO, &priority) < 0) return -errno;
    return 0;
}

int tunnel_wait(const int *descriptors, int count, int64_t nanoseconds) {
    struct pollfd polled[8];
    if (count > 8) return -EINVAL;
    for (int i = 0; i < count; i++) polled[i] = (struct pollfd){.fd = descriptors[i], .events = POLLIN};
    struct timespec time = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    if (ppoll(polled, count, nanoseconds < 0 ? NULL : &time, NULL) < 0) return errno == EINTR ? 0 : -errno;
    int readable = 0;
    for (int i = 0; i < count; i++) readable |= polled[i].revents ? 1 << i : 0;
    return readable;
}
