#define _GNU_SOURCE
#include "CGuest.h"

#include <errno.h>
#include <linux/sev-guest.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int guest_listen(const char *path, unsigned int user, unsigned int group, int backlog) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (file < 0) return -errno;
    // Connecting requires write permission, which no user has until the owner is set.
    mode_t old = umask(0777);
    int bound = bind(file, (struct sockaddr *)&address, sizeof address);
    umask(old);
    if (bound != 0 || chown(path, user, group) != 0 || chmod(path, 0600) != 0 || listen(file, backlog) != 0) {
        int code = -errno;
        close(file);
        return code;
    }
    return file;
}

int guest_accept(int socket) {
    int file = accept4(socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    return file < 0 ? -errno : file;
}

ssize_t guest_send(int socket, const void *bytes, size_t count) {
    ssize_t put;
    do put = send(socket, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (put < 0 && errno == EINTR);
    return put < 0 ? -errno : put;
}

int guest_random(void *buffer, size_t count) {
    ssize_t got = getrandom(buffer, count, 0);
    return got == (ssize_t)count ? 0 : got < 0 ? -errno : -EIO;
}

int guest_start_thread(void *(*body)(void *), void *argument) {
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    int code = pthread_create(&thread, &attributes, body, argument);
    pthread_attr_destroy(&attributes);
    return -code;
}

int guest_snp_derived_key(int device, uint64_t fields, uint8_t key[32]) {
    // The response: a 32-bit status, 28 reserved bytes, and the key.
    enum { key_offset = 32 };
    struct snp_derived_key_req request = {.guest_field_select = fields};
    struct snp_derived_key_resp response;
    memset(&response, 0, sizeof response);
    struct snp_guest_request_ioctl call = {
        .msg_version = 1, .req_data = (uintptr_t)&request, .resp_data = (uintptr_t)&response};
    if (ioctl(device, SNP_GET_DERIVED_KEY, &call) != 0) return -errno;
    uint32_t status;
    memcpy(&status, response.data, sizeof status);
    if (status != 0) return -EIO;
    memcpy(key, response.data + key_offset, 32);
    explicit_bzero(&response, sizeof response);
    return 0;
}
