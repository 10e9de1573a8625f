# The compiler settings of every target of ours, as one interface target: no global flags.
add_library(mt_options INTERFACE)
target_compile_features(mt_options INTERFACE cxx_std_20)
target_include_directories(mt_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(mt_options INTERFACE -Wall -Wextra -Wpedantic -Wswitch-enum -Wshadow -Wnon-virtual-dtor
                                            -Woverloaded-virtual -Werror)
target_compile_definitions(mt_options INTERFACE MT_VERSION="${PROJECT_VERSION}" BOOST_ASIO_NO_DEPRECATED
                                                BOOST_ASIO_DISABLE_BOOST_COROUTINE BOOST_ASIO_SEPARATE_COMPILATION
                                                BOOST_BEAST_SEPARATE_COMPILATION)
# A worker starts in 1.5 ms with the C++ runtime linked in, in 3.6 ms with the shared one (docs/PERFORMANCE.md).
if(NOT MT_SANITIZE AND NOT MT_FUZZ)
  target_link_options(mt_options INTERFACE -static-libstdc++ -static-libgcc -Wl,--gc-sections)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these falsely inside coroutine frames and inlined library code.
  target_compile_options(mt_options INTERFACE -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow
                                              -Wno-array-bounds -Wno-stringop-overread -Wno-dangling-pointer
                                              -Wno-mismatched-new-delete)
endif()

# No optimisation under asan: instrumenting optimised code takes three times as long to compile as these tests take to run.
# Reports need line numbers (-g1), not the names of all variables.
if(MT_SANITIZE STREQUAL "address")
  target_compile_options(mt_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
                                              -fno-omit-frame-pointer -g1)
  target_link_options(mt_options INTERFACE -fsanitize=address,undefined)
elseif(MT_SANITIZE STREQUAL "thread")
  # gcc does not model fences under tsan (-Wtsan); Asio offers a switch for its one use.
  target_compile_options(mt_options INTERFACE -fsanitize=thread -Wno-tsan -O1 -g1)
  target_compile_definitions(mt_options INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
  target_link_options(mt_options INTERFACE -fsanitize=thread)
endif()
if(MT_FUZZ)
  # clang 14 cannot compile coroutines under UBSan's `function` check.
  target_compile_options(mt_options INTERFACE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=function
                                              -fno-sanitize-recover=all -O1 -g1 -Wno-unused-private-field)
  target_link_options(mt_options INTERFACE -fsanitize=address,undefined)
endif()
if(MT_COVERAGE)
  target_compile_options(mt_options INTERFACE --coverage -O0)
  target_link_options(mt_options INTERFACE --coverage)
endif()

# Half of a file's compile time is the parsing of the standard library, JSON and Asio: they are parsed once. Not under clang, so
# that one build sees a file that forgets an include.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/precompiled.cpp CONTENT "")
  add_library(mt_precompiled STATIC ${CMAKE_BINARY_DIR}/precompiled.cpp)
  target_link_libraries(mt_precompiled PRIVATE mt_options)
  # Collecting garbage takes the compiler a tenth of its time; a file needs 1.2 GiB at most without it.
  target_compile_options(mt_options INTERFACE -fpch-preprocess --param=ggc-min-expand=100 --param=ggc-min-heapsize=1048576)
  target_precompile_headers(mt_precompiled PRIVATE ${CMAKE_CURRENT_LIST_DIR}/precompiled.hpp)
endif()
# Files compiled together share what the precompiled header cannot: the instantiations of its templates. Names in the anonymous
# namespaces of a folder must differ for that.
function(mt_compile_together name)
  if(MT_UNITY)
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${MT_UNITY})
    target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
endfunction()
function(mt_precompile name)
  if(TARGET mt_precompiled)
    target_precompile_headers(${name} REUSE_FROM mt_precompiled)
  endif()
endfunction()

find_program(CCACHE ccache)
if(CCACHE)
  # What ccache needs to know before it caches files that use a precompiled header; and that what the compiler says of a
  # file's headers is enough, so that none is preprocessed twice: a seventh of a first build.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_DEPEND=1 ${CCACHE})
endif()

# CMake's -O3 takes up to a third longer to compile than -O2, and runs no faster (docs/PERFORMANCE.md). Less yet for what runs at a
# person's word or when a process starts, not for every request.
function(mt_optimise name seldom_runs)
  if(seldom_runs)
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  else()
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O2>)
  endif()
endfunction()

# mt_library(<name> [SELDOM_RUNS] SOURCES … DEPENDS …): a static library of one folder.
function(mt_library name)
  cmake_parse_arguments(ARG "SELDOM_RUNS" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC mt_options ${ARG_DEPENDS})
  mt_precompile(${name})
  mt_compile_together(${name})
  mt_optimise(${name} ${ARG_SELDOM_RUNS})
endfunction()

# mt_program(<name> [SELDOM_RUNS] SOURCES … DEPENDS …): one of the installed programs.
function(mt_program name)
  cmake_parse_arguments(ARG "SELDOM_RUNS" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE mt_options ${ARG_DEPENDS})
  mt_precompile(${name})
  mt_compile_together(${name})
  mt_optimise(${name} ${ARG_SELDOM_RUNS})
  install(TARGETS ${name} RUNTIME DESTINATION bin)
endfunction()
