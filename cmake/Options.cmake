# Every switch of the build, in one place. The presets set them.
option(ORIGINTLS_TESTS "Build the tests and benchmarks" ON)
option(ORIGINTLS_WERROR "Treat warnings as errors" OFF)
option(ORIGINTLS_COVERAGE "Count executed lines with gcov" OFF)
option(ORIGINTLS_FUZZ "Build the fuzz targets with libFuzzer (clang only)" OFF)
set(ORIGINTLS_SANITIZE "" CACHE STRING "Value for -fsanitize=, empty for none")
