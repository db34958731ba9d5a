-- After loading: files of the snapshots' folder alone, no network, no extensions, and no way back.
SET allowed_directories = ['{folder}'];
SET enable_external_access = false;
SET lock_configuration = true;
