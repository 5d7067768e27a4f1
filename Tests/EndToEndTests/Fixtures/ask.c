// An application that asks process 1: each argument is a request in hexadecimal digits, and each answer is printed so.
// Before them it says what it sees of its machine, and last it prints the package's manifest and signature.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void print(const char *name, const uint8_t *bytes, size_t count) {
    printf("%s ", name);
    for (size_t index = 0; index < count; index++) printf("%02x", bytes[index]);
    printf("\n");
    fflush(stdout);
}

static void print_file(const char *name, const char *path) {
    static uint8_t bytes[1 << 20];
    FILE *file = fopen(path, "r");
    if (file == NULL) return;
    print(name, bytes, fread(bytes, 1, sizeof bytes, file));
    fclose(file);
}

static size_t receive(int file, uint8_t *bytes, size_t count) {
    size_t done = 0;
    while (done < count) {
        ssize_t got = read(file, bytes + done, count - done);
        if (got <= 0) break;
        done += (size_t)got;
    }
    return done;
}

int main(int count, char **arguments) {
    printf("target %s %s\n", getenv("MYST_TARGET"), getenv("ADYTON_PLATFORM"));
    printf("user %d\n", getuid());
    printf("device %s\n", access("/dev/tpmrm0", F_OK) == 0 ? "there" : "none");
    printf("folder %s\n", access("/run/adyton", W_OK) == 0 ? "writable" : "read-only");
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/adyton/evidence.sock"};
    int file = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(file, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("connect");
        return 3;
    }
    static uint8_t bytes[4 << 20];
    for (int index = 1; index < count; index++) {
        size_t length = strlen(arguments[index]) / 2;
        for (size_t place = 0; place < length; place++) {
            unsigned value;
            sscanf(arguments[index] + 2 * place, "%2x", &value);
            bytes[place] = (uint8_t)value;
        }
        if (write(file, bytes, length) != (ssize_t)length) return 4;
        if (receive(file, bytes, 12) != 12) return 5;
        uint32_t rest;
        memcpy(&rest, bytes + 8, sizeof rest);
        if (rest > sizeof bytes - 12 || receive(file, bytes + 12, rest) != rest) return 6;
        print("answer", bytes, 12 + rest);
    }
    print_file("manifest", "/run/adyton/manifest.json");
    print_file("signature", "/run/adyton/manifest.sig");
    return 0;
}
