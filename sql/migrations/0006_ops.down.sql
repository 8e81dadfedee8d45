DROP TABLE ops.process;
