# Targets by folder: every *.c belongs to the folder's library, main.c makes it a program,
# test_*.c are cmocka programs that link the library, so a unit test sits beside what it tests.

# dd_unit_tests(FOLDER LIBRARY...): one ctest test, label "unit", per FOLDER/test_*.c
function(dd_unit_tests folder)
    if(NOT CMOCKA_FOUND)
        return()
    endif()
    file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/test_*.c)
    string(REPLACE "/" "_" prefix ${folder})
    foreach(source ${tests})
        get_filename_component(name ${source} NAME_WE)
        set(target unit_${prefix}_${name})
        add_executable(${target} ${source})
        set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/unit)
        target_link_libraries(${target} PRIVATE ${ARGN} PkgConfig::CMOCKA project_flags)
        add_test(NAME ${folder}/${name} COMMAND ${target})
        set_tests_properties(${folder}/${name} PROPERTIES LABELS unit TIMEOUT 60)
    endforeach()
endfunction()

# dd_library(NAME FOLDER LIBRARY...): static library of FOLDER/*.c
function(dd_library name folder)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.c)
    list(FILTER sources EXCLUDE REGEX "/(main|test_[^/]*)\\.c$")
    if(NOT sources)
        return()
    endif()
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC ${ARGN} project_flags)
    dd_unit_tests(${folder} ${name})
endfunction()

# dd_service(FOLDER [LIBRARY...]): program named after its folder, on `daemon` unless libraries are
# named. FOLDER/CMakeLists.txt, where there is one, adds what only this process needs by
# target_link_libraries(lib_<name> PUBLIC ...).
function(dd_service folder)
    if(NOT EXISTS ${CMAKE_SOURCE_DIR}/${folder}/main.c)
        return()
    endif()
    get_filename_component(name ${folder} NAME)
    set(base daemon)
    if(ARGN)
        set(base ${ARGN})
    endif()
    dd_library(lib_${name} ${folder} ${base})
    add_executable(${name} ${CMAKE_SOURCE_DIR}/${folder}/main.c)
    target_link_libraries(${name} PRIVATE lib_${name})
    if(EXISTS ${CMAKE_SOURCE_DIR}/${folder}/CMakeLists.txt)
        add_subdirectory(${CMAKE_SOURCE_DIR}/${folder})
    endif()
endfunction()
