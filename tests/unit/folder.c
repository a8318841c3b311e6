#include "folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void remove_folder(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *row;

	if (!folder)
		return;
	while ((row = readdir(folder)))
		if (strcmp(row->d_name, ".") != 0 && strcmp(row->d_name, "..") != 0 &&
			unlinkat(dirfd(folder), row->d_name, 0) != 0) {
			char below[512];
			snprintf(below, sizeof below, "%s/%s", path, row->d_name);
			remove_folder(below);
		}
	closedir(folder);
	rmdir(path);
}
