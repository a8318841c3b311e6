/* In place of libFuzzer: gives every file of the target's corpus to it, once. */
#include "base/limits.h"
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>

#define CORPUS_FILE_MAX (4 * MIB)

static size_t replay_file(const char *folder, const char *name)
{
	char path[4096 + 258]; /* the folder, a name */
	static uint8_t octets[CORPUS_FILE_MAX];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "rb");
	if (file == NULL) {
		perror(path);
		exit(1);
	}
	size_t len = fread(octets, 1, sizeof octets, file);
	fclose(file);
	/* A copy of its own, so that a sanitizer sees a read past the end. */
	uint8_t *copy = malloc(len > 0 ? len : 1);
	must(copy != NULL);
	memcpy(copy, octets, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
	return 1;
}

static size_t replay_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *row;
	size_t count = 0;

	if (dir == NULL) {
		perror(folder);
		exit(1);
	}
	while ((row = readdir(dir)) != NULL) {
		if (row->d_name[0] != '.')
			count += replay_file(folder, row->d_name);
	}
	closedir(dir);
	return count;
}

int main(int argc, char **argv)
{
	const char *top = getenv("srcdir"), *name = strrchr(argv[0], '/');
	static const char ending[] = "_fuzz";
	char folder[4096];

	name = name != NULL ? name + 1 : argv[0];
	must(strlen(name) > strlen(ending));
	snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/%.*s", top ? top : ".",
		(int)(strlen(name) - strlen(ending)), name);
	size_t count = replay_folder(argc > 1 ? argv[1] : folder);
	printf("%s: %zu inputs replayed\n", name, count);
	return count > 0 ? 0 : 1;
}
