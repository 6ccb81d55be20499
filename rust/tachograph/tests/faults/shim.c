// Fails the n-th system call that a log makes, for `faults.rs`, which compiles and preloads this.
//
// Armed with an error number, the n-th call (and, if told so, all later ones) fails with it; armed
// with 0, it writes only a part of what it was given. Calls that are not armed pass through.
// Told to look only at one call by its name, it counts and fails no other.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long left;
static atomic_int armed, persistent, code, hits;
static const char *_Atomic only;

void shim_arm(long n, int stays, int error) {
    left = n;
    persistent = stays;
    code = error;
    hits = 0;
    armed = 1;
}

void shim_only(const char *name) { only = name; }

int shim_disarm(void) {
    armed = 0;
    return hits;
}

#define fails() fails_at(__func__)

static int fails_at(const char *name) {
    if (!armed || (only && strcmp(only, name) != 0))
        return 0;
    long now = atomic_fetch_sub(&left, 1);
    if (now == 1 || (now < 1 && persistent)) {
        hits++;
        return 1;
    }
    return 0;
}

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

// A call that cannot be done in part and returns -1.
#define PASS(result, name, parameters, arguments)                                                  \
    result name parameters {                                                                       \
        if (fails() && code) {                                                                     \
            errno = code;                                                                          \
            return -1;                                                                             \
        }                                                                                          \
        return REAL(name) arguments;                                                               \
    }

PASS(int, fdatasync, (int fd), (fd))
PASS(int, fsync, (int fd), (fd))
PASS(int, msync, (void *at, size_t len, int flags), (at, len, flags))
PASS(int, madvise, (void *at, size_t len, int advice), (at, len, advice))
PASS(int, rename, (const char *from, const char *to), (from, to))
PASS(int, unlink, (const char *path), (path))
PASS(int, mkdir, (const char *path, mode_t mode), (path, mode))
PASS(int, ftruncate, (int fd, off_t len), (fd, len))
PASS(int, ftruncate64, (int fd, off64_t len), (fd, len))
PASS(int, fallocate, (int fd, int mode, off_t at, off_t len), (fd, mode, at, len))
PASS(int, fallocate64, (int fd, int mode, off64_t at, off64_t len), (fd, mode, at, len))

#define OPEN(name)                                                                                 \
    int name(const char *path, int flags, ...) {                                                   \
        va_list list;                                                                              \
        va_start(list, flags);                                                                     \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;                    \
        va_end(list);                                                                              \
        if (fails() && code) {                                                                     \
            errno = code;                                                                          \
            return -1;                                                                             \
        }                                                                                          \
        return REAL(name)(path, flags, mode);                                                      \
    }

OPEN(open)
OPEN(open64)

int fcntl(int fd, int command, ...) {
    va_list list;
    va_start(list, command);
    void *argument = va_arg(list, void *);
    va_end(list);
    if (command == F_SETLK && fails() && code) {
        errno = ENOLCK;
        return -1;
    }
    return REAL(fcntl)(fd, command, argument);
}

int posix_fallocate(int fd, off_t at, off_t len) {
    return fails() && code ? code : REAL(posix_fallocate)(fd, at, len);
}

int posix_fallocate64(int fd, off64_t at, off64_t len) {
    return fails() && code ? code : REAL(posix_fallocate64)(fd, at, len);
}

// The language's runtime maps small stacks for the handlers of signals and ends when it cannot.
static int is_ours(size_t len, int fd) { return fd >= 0 || len == 4096 || len >= 65536; }

void *mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset) {
    if (is_ours(len, fd) && fails() && code) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return REAL(mmap)(at, len, protection, flags, fd, offset);
}

void *mmap64(void *at, size_t len, int protection, int flags, int fd, off64_t offset) {
    if (is_ours(len, fd) && fails() && code) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return REAL(mmap64)(at, len, protection, flags, fd, offset);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *argument) {
    return fails() && code ? EAGAIN : REAL(pthread_create)(thread, attributes, start, argument);
}

// A call that can be done in part. A persistent short write still makes progress.
#define SHORT(n) ((n) > 1 ? (n) / 2 : (n))

ssize_t write(int fd, const void *data, size_t n) {
    if (fails()) {
        if (code) {
            errno = code;
            return -1;
        }
        n = SHORT(n);
    }
    return REAL(write)(fd, data, n);
}

#define PWRITE(name, offset_type)                                                                  \
    ssize_t name(int fd, const void *data, size_t n, offset_type at) {                             \
        if (fails()) {                                                                             \
            if (code) {                                                                            \
                /* As a disk does that fills up: a part is written, then no more. */               \
                if (persistent && left == 0 && n > 1)                                              \
                    return REAL(name)(fd, data, n / 2, at);                                        \
                errno = code;                                                                      \
                return -1;                                                                         \
            }                                                                                      \
            n = SHORT(n);                                                                          \
        }                                                                                          \
        return REAL(name)(fd, data, n, at);                                                        \
    }

PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int fd, const struct iovec *pieces, int n) {
    if (fails()) {
        if (code) {
            errno = code;
            return -1;
        }
        n = SHORT(n);
    }
    return REAL(writev)(fd, pieces, n);
}
