// A flow needs a pipe only while bytes are in it; empty pipes are kept on a small stack for whoever comes next. One that was
// filled is made larger, up to a few of them: fewer, larger moves cost a fifth less of the processor's time.
#include "flow.h"
#include "memory.h"
#include "system.h"

/** What a pipe holds as the kernel makes it, and at the most. */
#define PIPE_BYTES (64 * 1024)
#define LARGE_PIPE_BYTES (256 * 1024)
/** Their pages count for all of root's processes together (pipe(7), pipe-user-pages-soft). */
#define LARGE_PIPES_MAX 16
/** Of one flow in one turn, so that no connection keeps the others waiting. */
#define SHARE_BYTES (1024 * 1024)
#define SPARE_PIPES_MAX 16

static struct pipe spare_pipes[SPARE_PIPES_MAX];
static unsigned spare_pipe_count, large_pipe_count;

static bool take_pipe(struct flow *flow)
{
	if (spare_pipe_count > 0)
		flow->pipe = spare_pipes[--spare_pipe_count];
	else if (sys_pipe2(flow->pipe.ends, O_NONBLOCK | O_CLOEXEC) == 0)
		flow->pipe.size = PIPE_BYTES;
	else
		return false;
	flow->has_pipe = true;
	return true;
}

static void enlarge(struct pipe *pipe)
{
	if (pipe->size == LARGE_PIPE_BYTES || large_pipe_count == LARGE_PIPES_MAX ||
	    sys_fcntl(pipe->ends[0], F_SETPIPE_SZ, LARGE_PIPE_BYTES) < 0)
		return;
	pipe->size = LARGE_PIPE_BYTES;
	large_pipe_count++;
}

void flow_close(struct flow *flow)
{
	if (!flow->has_pipe)
		return;
	flow->has_pipe = false;
	if (flow->held == 0 && spare_pipe_count < SPARE_PIPES_MAX) {
		spare_pipes[spare_pipe_count++] = flow->pipe;
		return;
	}
	if (flow->pipe.size == LARGE_PIPE_BYTES)
		large_pipe_count--;
	sys_close(flow->pipe.ends[0]);
	sys_close(flow->pipe.ends[1]);
}

enum flow_result flow_run(struct flow *flow, struct side *from, struct side *to)
{
	size_t moved = 0;
	while (moved < SHARE_BYTES) {
		bool progress = false;
		// Filled only when empty, so that EAGAIN can only mean the socket.
		if (flow->held == 0 && !flow->ended && from->readable) {
			if (!flow->has_pipe && !take_pipe(flow))
				return FLOW_BROKEN;
			struct pipe *pipe = &flow->pipe;
			ssize_t n = sys_splice(from->watch.fd, pipe->ends[1], pipe->size, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
			if (n > 0) {
				flow->held = (size_t)n;
				if (flow->held == pipe->size)
					enlarge(pipe);
				progress = true;
			} else if (n == 0) {
				flow->ended = true;
			} else if (n == -EAGAIN) {
				from->readable = false;
			} else if (n == -EINTR) {
				progress = true;
			} else {
				return FLOW_BROKEN;
			}
		}
		if (flow->held > 0 && to->writable) {
			ssize_t n = sys_splice(flow->pipe.ends[0], to->watch.fd, flow->held, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
			if (n > 0) {
				flow->held -= (size_t)n;
				moved += (size_t)n;
				progress = true;
			} else if (n == -EAGAIN) {
				to->writable = false;
			} else if (n == -EINTR) {
				progress = true;
			} else {
				return FLOW_BROKEN;
			}
		}
		if (!progress)
			break;
	}
	if (flow->held == 0)
		flow_close(flow);
	if (flow->ended && flow->held == 0 && !flow->shut) {
		sys_shutdown(to->watch.fd, SHUT_WR);
		flow->shut = true;
	}
	return moved < SHARE_BYTES ? FLOW_WAITS : FLOW_MORE;
}
