/* Folders that a test makes for itself. */
#ifndef TESTS_UNIT_FOLDER_H
#define TESTS_UNIT_FOLDER_H

/* With all that is in it; one that is not there is no error. */
void remove_folder(const char *path);

#endif
