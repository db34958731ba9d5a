-- What a file looked like when it was loaded: an unchanged file is known without reading it.
ALTER TABLE deliveries ADD COLUMN file_number BIGINT;   -- inode
ALTER TABLE deliveries ADD COLUMN changed_ns BIGINT;    -- last change of content or inode, ns since 1970
