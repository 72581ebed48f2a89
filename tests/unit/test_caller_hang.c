/* SPDX-License-Identifier: ISC */
/* A program on a file system whose server stops answering: whoever asks who it is must not
 * wait for that. The server is a few lines of FUSE (fuse(4)) with one file, this program. */
#include "support.h"

#include <errno.h>
#include <linux/fuse.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>

#include "audit/caller.h"

#define FILE_NODE 2
#define REQUEST_MAX (1 << 17)
#define PATIENCE 10

static char self[4096];
static int image = -1; /* of this program */

/* ---- the server ---- */

static void answer(int fuse, uint64_t unique, int error, const void *body, size_t len)
{
    static char out[REQUEST_MAX];
    struct fuse_out_header head = {
        .len = (uint32_t)(sizeof head + len), .error = error, .unique = unique};

    memcpy(out, &head, sizeof head);
    memcpy(out + sizeof head, body, len);
    if (write(fuse, out, head.len) != (ssize_t)head.len && errno != ENOENT)
        _exit(1);
}

static struct fuse_attr attributes(uint64_t node)
{
    struct stat st;

    (void)fstat(image, &st);
    return (struct fuse_attr){.ino = node,
                              .size = node == FILE_NODE ? (uint64_t)st.st_size : 0,
                              .mode = node == FILE_NODE ? S_IFREG | 0755 : S_IFDIR | 0755,
                              .nlink = 1,
                              .blksize = 4096};
}

static void serve_one(int fuse, const struct fuse_in_header *in, const void *body)
{
    static char piece[REQUEST_MAX / 2];
    struct fuse_init_out init = {.major = FUSE_KERNEL_VERSION,
                                 .minor = FUSE_KERNEL_MINOR_VERSION,
                                 .max_readahead = 65536,
                                 .max_write = 65536};
    struct fuse_entry_out entry = {.nodeid = FILE_NODE, .attr = attributes(FILE_NODE)};
    struct fuse_attr_out attr = {.attr = attributes(in->nodeid)};
    struct fuse_open_out open = {.fh = 1};
    const struct fuse_read_in *read = body;

    if (in->opcode == FUSE_INIT)
        answer(fuse, in->unique, 0, &init, sizeof init);
    else if (in->opcode == FUSE_LOOKUP)
        answer(fuse, in->unique, 0, &entry, sizeof entry);
    else if (in->opcode == FUSE_GETATTR)
        answer(fuse, in->unique, 0, &attr, sizeof attr);
    else if (in->opcode == FUSE_OPEN)
        answer(fuse, in->unique, 0, &open, sizeof open);
    else if (in->opcode == FUSE_READ) {
        size_t most = read->size < sizeof piece ? read->size : sizeof piece;
        ssize_t got = pread(image, piece, most, (off_t)read->offset);
        answer(fuse, in->unique, 0, piece, got > 0 ? (size_t)got : 0);
    } else if (in->opcode != FUSE_FORGET && in->opcode != FUSE_BATCH_FORGET)
        answer(fuse, in->unique,
               in->opcode == FUSE_FLUSH || in->opcode == FUSE_RELEASE ? 0 : -ENOSYS, "", 0);
}

static pid_t serve(int fuse)
{
    static char request[REQUEST_MAX];
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        ssize_t got = read(fuse, request, sizeof request);
        if (got < (ssize_t)sizeof(struct fuse_in_header))
            _exit(0);
        const struct fuse_in_header *in = (const void *)request;
        serve_one(fuse, in, request + sizeof *in);
    }
}

/* ---- the program ---- */

static int tell_and_wait(void)
{
    char byte;
    pid_t pid = fork();

    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(read(0, &byte, 1) == 0 ? 0 : 1);
    }
    if (write(1, &pid, sizeof pid) != sizeof pid)
        return 1;
    return read(0, &byte, 1) == 0 ? 0 : 1;
}

/* Returns the program; *client is the process that it sent. */
static pid_t start(const char *path, int until, pid_t *client)
{
    int out[2];
    pid_t pid;

    if (pipe2(out, O_CLOEXEC) != 0 || (pid = fork()) < 0)
        return -1;
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)dup2(until, 0), (void)dup2(out[1], 1);
        (void)execl(path, path, "wait", NULL);
        _exit(127);
    }
    (void)close(out[1]);
    ssize_t got = read(out[0], client, sizeof *client);
    (void)close(out[0]);
    return got == sizeof *client ? pid : -1;
}

/* 0: answered, and said nothing that it had to read. */
static int ask(pid_t client, pid_t program)
{
    struct caller c;
    struct sv_err err = {""};
    int pidfd = (int)syscall(SYS_pidfd_open, client, 0);

    (void)alarm(PATIENCE);
    if (caller_of_peer(&c, pidfd, client, geteuid(), getegid(), &err) != SV_OK)
        return 20;
    (void)alarm(0);
    (void)close(pidfd);
    return c.pid == (uint32_t)program && !c.exe_hashed && c.exe_inode == FILE_NODE &&
                   strstr(c.exe, "/served/tool") != NULL
               ? 0
               : 21;
}

static int on_a_server_that_stops(void *context)
{
    char options[128];
    int until[2];
    pid_t client, program, server;

    int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (fuse < 0 || pipe2(until, O_CLOEXEC) != 0)
        return 10;
    (void)snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0", fuse);
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", "", MS_REC | MS_PRIVATE, "") != 0 ||
        (mkdir("served", 0755) != 0 && errno != EEXIST) ||
        mount("test", "served", "fuse", 0, options) != 0)
        return 11;
    server = serve(fuse);
    /* It ends with its server, and what waits for it gets an error. */
    (void)close(fuse);
    if (server < 0 || (program = start(context, until[0], &client)) < 0)
        return 12;
    (void)kill(server, SIGSTOP);
    int said = ask(client, program);
    (void)kill(server, SIGKILL);
    (void)kill(client, SIGKILL);
    (void)kill(program, SIGKILL);
    (void)waitpid(server, NULL, 0);
    (void)waitpid(program, NULL, 0);
    (void)umount2("served", MNT_DETACH);
    return said;
}

static void a_server_that_stops_holds_nobody_up(void **state)
{
    (void)state;
    if (geteuid() != 0 || access("/dev/fuse", R_OK | W_OK) != 0) {
        print_message("needs root and /dev/fuse\n");
        skip();
    }
    /* The second looks as if the file were gone, so that one would look whether it is. */
    char path[] = "served/tool", odd[] = "served/tool (deleted)";
    assert_child_ok(on_a_server_that_stops, path);
    assert_child_ok(on_a_server_that_stops, odd);
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        return tell_and_wait();
    if (readlink("/proc/self/exe", self, sizeof self - 1) < 0 ||
        (image = open(self, O_RDONLY | O_CLOEXEC)) < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_server_that_stops_holds_nobody_up, support_enter,
                                        support_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
