/* For the tests: fsync of a write-ahead log fails while the file $FSYNC_FAILS exists, and is
   counted, a byte each, in the file $FSYNC_COUNT. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int is_log(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    return length > 4 && memcmp(path + length - 4, "-wal", 4) == 0;
}

static int synced(int fd, long call) {
    const char *fails = getenv("FSYNC_FAILS"), *count = getenv("FSYNC_COUNT");
    if (is_log(fd)) {
        if (fails && access(fails, F_OK) == 0) {
            errno = EIO;
            return -1;
        }
        int counter = count ? open(count, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
        if (counter >= 0) {
            if (write(counter, "s", 1) != 1)
                abort();
            close(counter);
        }
    }
    return (int)syscall(call, fd);
}

int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }
