// Feeds random passwd and group files to spawn's parser. usage: spawn-user-fuzz FOLDER ROUNDS SEED
// It checks what must hold for any input: no sanitizer finding, ids in range, the primary group among the groups.
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spawn/user.h"

static unsigned pick(unsigned limit)
{
	return (unsigned)(random() % limit);
}

/** Pieces that the format is made of, and some that it is not. */
static void write_file(int folder, const char *name)
{
	static const char *const pieces[] = { ":",  ",",	"\n",	      "root", "bob",	    "0",	   "1000",	"x",
					      "\r", " ",	"#",	      "-1",   "2147483648", "4294967296", "9999999999999999999999",
					      "",   "/home/bob", "\n\nroot:x:0:0::/:/bin/sh\n", "::::::::" };
	unlinkat(folder, name, 0); // made anew: a file that is truncated and closed goes to the disk at once
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL, 0644);
	assert(fd >= 0);
	FILE *file = fdopen(fd, "w");
	assert(file);
	for (unsigned count = pick(80); count > 0; count--) {
		if (pick(12) == 0)
			fputc((int)pick(256), file);
		else if (pick(200) == 0)
			fprintf(file, "%5000d", 7);
		else
			fputs(pieces[pick(sizeof pieces / sizeof *pieces)], file);
	}
	fclose(file);
}

int main(int count, char **arguments)
{
	static const char *const users[] = { "",     "root",	 "bob",	  "1000", "bob:bob", ":bob",
					     "0:0",  "bob:",	 ":",	  "x:1",  "2147483648", "root:4294967296" };
	static const char *groups[] = { "bob", "1000", NULL };
	static struct user user;
	assert(count == 4);
	int root = open(arguments[1], O_PATH | O_DIRECTORY);
	assert(root >= 0 && (mkdirat(root, "etc", 0755) == 0 || errno == EEXIST));
	srandom((unsigned)atoi(arguments[3]));
	int found = 0;
	for (int round = atoi(arguments[2]); round > 0; round--) {
		write_file(root, "etc/passwd");
		write_file(root, "etc/group");
		struct request request = { .user = users[pick(sizeof users / sizeof *users)] };
		request.groups = (struct string_list){ .count = pick(3), .items = groups };
		struct error error = { .code = 0 };
		if (user_resolve(&request, root, &user, &error) < 0) {
			assert(error.code != 0 && error.message[0]);
			continue;
		}
		found++;
		assert(user.uid <= 2147483647 && user.gid <= 2147483647 && user.home[0]);
		bool primary = false;
		for (size_t i = 0; i < user.group_count; i++)
			primary = primary || user.groups[i] == user.gid;
		assert(primary);
	}
	printf("%d resolved\n", found);
	return found > 0 ? 0 : 1;
}
