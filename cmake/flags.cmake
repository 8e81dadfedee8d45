# Compiler flags of every target, as one INTERFACE target.
add_library(project_flags INTERFACE)
target_compile_definitions(project_flags INTERFACE _GNU_SOURCE DD_VERSION="${PROJECT_VERSION}")
target_compile_options(project_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
    -Wvla -Wformat=2 -Wundef -Wswitch-enum -Wpointer-arith -Wcast-qual -Wwrite-strings
    -fno-common $<$<BOOL:${DD_WERROR}>:-Werror>)
# C strings of the embedded SQL may be longer than ISO C's minimum; `log_info("text")` leaves the
# variadic part of the macro empty, which gnu11 allows and clang alone remarks.
target_compile_options(project_flags INTERFACE -Wno-overlength-strings
    $<$<C_COMPILER_ID:Clang>:-Wno-gnu-zero-variadic-macro-arguments>)
target_include_directories(project_flags INTERFACE ${CMAKE_SOURCE_DIR})

# Assertions guard our own mistakes and stay in every build.
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELWITHDEBINFO "${CMAKE_C_FLAGS_RELWITHDEBINFO}")
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")

if(DD_SANITIZE)
    target_compile_options(project_flags INTERFACE
        -fsanitize=${DD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(project_flags INTERFACE -fsanitize=${DD_SANITIZE})
endif()
if(DD_HARDEN)
    set(CMAKE_POSITION_INDEPENDENT_CODE ON)
    target_compile_options(project_flags INTERFACE
        -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fPIE)
    target_link_options(project_flags INTERFACE -pie -Wl,-z,relro,-z,now)
endif()
if(DD_FUZZ)
    target_compile_options(project_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
