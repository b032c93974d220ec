set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# Flags for our own code: everything links to this interface target.
add_library(origintls_flags INTERFACE)
target_include_directories(origintls_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(origintls_flags INTERFACE _GNU_SOURCE)
target_compile_options(origintls_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes -Wmissing-prototypes
  -Wpointer-arith -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wimplicit-fallthrough -fno-common)
if(ORIGINTLS_WERROR)
  target_compile_options(origintls_flags INTERFACE -Werror)
endif()

if(CMAKE_BUILD_TYPE MATCHES "^Rel")
  target_compile_options(origintls_flags INTERFACE
    -fstack-protector-strong -fstack-clash-protection -fcf-protection)
  if(NOT ORIGINTLS_SANITIZE)
    target_compile_options(origintls_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  endif()
  target_link_options(origintls_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
  include(CheckPIESupported)
  check_pie_supported(LANGUAGES C)
endif()

if(ORIGINTLS_SANITIZE)
  target_compile_options(origintls_flags INTERFACE
    -fsanitize=${ORIGINTLS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -O1)
  target_link_options(origintls_flags INTERFACE -fsanitize=${ORIGINTLS_SANITIZE})
endif()
if(ORIGINTLS_COVERAGE)
  target_compile_options(origintls_flags INTERFACE --coverage)
  target_link_options(origintls_flags INTERFACE --coverage)
endif()
if(ORIGINTLS_FUZZ)
  # Coverage feedback for every library; only the fuzz targets themselves link libFuzzer's main.
  target_compile_options(origintls_flags INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(origintls_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
