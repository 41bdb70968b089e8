// What a C library would bring: the entry point, the stack protector's canary and the memory functions.
// Left out of a sanitizer build, which has them from libc.
#include "system.h"
#include "memory.h"

#if !HOSTED

int main(int argc, char **argv);
__attribute__((noreturn)) void start(const uintptr_t *stack);
__attribute__((noreturn)) void __stack_chk_fail(void);

/** Compared by -fstack-protector with -mstack-protector-guard=global. */
uintptr_t __stack_chk_guard = 0x5bd1e995c0ffee00;

void __stack_chk_fail(void)
{
	sys_exit(134);
}

#if defined(__x86_64__)
__asm__(".globl _start\n.type _start,@function\n_start:\n\txor %ebp,%ebp\n\tmov %rsp,%rdi\n\tand $-16,%rsp\n\tcall start\n");
#else
__asm__(".globl _start\n.type _start,%function\n_start:\n\tmov x29,#0\n\tmov x30,#0\n\tmov x0,sp\n\tand sp,x0,#-16\n\tbl start\n");
#endif

/** The stack at entry: argc, argv, NULL, the environment, NULL, and pairs of the auxiliary vector. */
__attribute__((optimize("no-stack-protector"), used)) void start(const uintptr_t *stack)
{
	int argc = (int)stack[0];
	char **argv = (char **)(stack + 1);
	const uintptr_t *at = stack + argc + 2;
	while (*at++)
		;
	for (; at[0]; at += 2)
		if (at[0] == 25 /* AT_RANDOM */)
			__stack_chk_guard = *(const uintptr_t *)at[1] & ~(uintptr_t)0xff;
	sys_exit(main(argc, argv));
}

// The loops below must not be recognised as, and replaced by, calls of themselves.
#pragma GCC optimize("no-tree-loop-distribute-patterns")

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	uint8_t *t = to;
	const uint8_t *f = from;
#if defined(__x86_64__)
	if (size >= 512) {
		__asm__ volatile("rep movsb" : "+D"(t), "+S"(f), "+c"(size) : : "memory");
		return to;
	}
#endif
	if (size >= 16) {
		// The last sixteen bytes overlap those before them.
		bytes16 last = *(const bytes16 *)(f + size - 16);
		uint8_t *end = t + size - 16;
		for (; t < end; t += 16, f += 16)
			*(bytes16 *)t = *(const bytes16 *)f;
		*(bytes16 *)end = last;
		return to;
	}
	while (size--)
		*t++ = *f++;
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	uint8_t *t = to;
	const uint8_t *f = from;
	if (t <= f || t >= f + size) {
		for (; size >= 16; size -= 16, t += 16, f += 16)
			*(bytes16 *)t = *(const bytes16 *)f;
		while (size--)
			*t++ = *f++;
	} else {
		while (size--)
			t[size] = f[size];
	}
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	uint8_t *t = to;
	while (size--)
		*t++ = (uint8_t)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *x = a, *y = b;
	for (; size--; x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strlen(const char *string)
{
	const char *end = string;
	while (*end)
		end++;
	return (size_t)(end - string);
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (uint8_t)*a - (uint8_t)*b;
}

#endif
