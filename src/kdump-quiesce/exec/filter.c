/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building the filter with libseccomp. System calls of ABIs that it does not know are let through: this is no sandbox, and the
 * command must behave as it does without us.
 */
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <seccomp.h>
#include <unistd.h>

static int add_rules(scmp_filter_ctx filter, bool unprivileged)
{
	int error;

	error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);
	if (!error && !unprivileged)
		error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
	if (!error)
		error = seccomp_arch_add(filter, SCMP_ARCH_X86);
	if (!error)
		error = seccomp_arch_add(filter, SCMP_ARCH_X32);
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_NOTIFY, SCMP_SYS(kexec_load), 0);
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_NOTIFY, SCMP_SYS(kexec_file_load), 0);
	return error;
}

int kq_filter_install(bool unprivileged)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int result;

	if (!filter)
		return -ENOMEM;
	result = add_rules(filter, unprivileged);
	if (!result)
		result = seccomp_load(filter);
	if (!result)
		result = seccomp_notify_fd(filter);
	/* Duplicate it: the library may close its descriptor when the description of the filter is released. */
	if (result >= 0)
		result = fcntl(result, F_DUPFD_CLOEXEC, 0);
	if (result == -1)
		result = -errno;
	seccomp_release(filter);
	return result;
}

bool kq_progress_send(int socket, const struct kq_progress *progress, int file)
{
	union {
		char buffer[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec data = { (void *)progress, sizeof(*progress) };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };
	struct cmsghdr *header;

	if (file >= 0) {
		message.msg_control = control.buffer;
		message.msg_controllen = sizeof(control.buffer);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &file, sizeof(int));
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL) == sizeof(*progress);
}

bool kq_progress_receive(int socket, struct kq_progress *progress, int *file)
{
	union {
		char buffer[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec data = { progress, sizeof(*progress) };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.buffer,
				  .msg_controllen = sizeof(control.buffer) };
	struct cmsghdr *header;
	ssize_t got;

	*file = -1;
	do
		got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got != sizeof(*progress))
		return false;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(file, CMSG_DATA(header), sizeof(int));
	return true;
}
