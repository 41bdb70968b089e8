// A flow needs a pipe only while bytes are in it; empty pipes are kept on a small stack for whoever comes next.
#include "flow.h"
#include "memory.h"
#include "system.h"

#define SPLICE_BYTES 65536
/** Of one flow in one turn, so that no connection keeps the others waiting. */
#define SHARE_BYTES (256 * 1024)
#define SPARE_PIPES_MAX 16

static int spare_pipes[SPARE_PIPES_MAX][2];
static unsigned spare_pipe_count;

static bool take_pipe(struct flow *flow)
{
	if (spare_pipe_count > 0) {
		spare_pipe_count--;
		memcpy(flow->pipe, spare_pipes[spare_pipe_count], sizeof flow->pipe);
	} else if (sys_pipe2(flow->pipe, O_NONBLOCK | O_CLOEXEC) < 0) {
		return false;
	}
	flow->has_pipe = true;
	return true;
}

void flow_close(struct flow *flow)
{
	if (!flow->has_pipe)
		return;
	flow->has_pipe = false;
	if (flow->held == 0 && spare_pipe_count < SPARE_PIPES_MAX) {
		memcpy(spare_pipes[spare_pipe_count++], flow->pipe, sizeof flow->pipe);
		return;
	}
	sys_close(flow->pipe[0]);
	sys_close(flow->pipe[1]);
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
			ssize_t n = sys_splice(from->watch.fd, flow->pipe[1], SPLICE_BYTES, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
			if (n > 0) {
				flow->held = (size_t)n;
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
			ssize_t n = sys_splice(flow->pipe[0], to->watch.fd, flow->held, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
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
