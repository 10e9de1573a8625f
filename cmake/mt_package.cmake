# The Debian package: `scripts/package.sh`, or `cpack` in a build folder. What it puts where, and why, is told in docs/OPERATING.md.

set(MT_PACKAGE_SOURCE ${CMAKE_CURRENT_LIST_DIR}/package)
set(MT_PACKAGE_WORK ${CMAKE_BINARY_DIR}/package)

# --- manual pages and completions, written by the programs themselves; not under sanitizers, which no package is made of
if(NOT MT_SANITIZE AND NOT MT_FUZZ AND TARGET mtg AND TARGET mtm)
  set(generated)
  foreach(program mtg mtm)
    foreach(page "manpage|man1/${program}.1" "completion bash|bash/${program}" "completion zsh|zsh/_${program}"
                 "completion fish|fish/${program}.fish")
      string(REGEX REPLACE "\\|.*" "" words "${page}")
      string(REGEX REPLACE ".*\\|" "" file "${page}")
      list(APPEND generated ${MT_PACKAGE_WORK}/${file})
      add_custom_command(OUTPUT ${MT_PACKAGE_WORK}/${file}
        COMMAND sh -ec "mkdir -p $(dirname \"$2\"); \"$0\" $1 >\"$2\"" $<TARGET_FILE:${program}> ${words} ${MT_PACKAGE_WORK}/${file}
        DEPENDS ${program} VERBATIM)
    endforeach()
  endforeach()
  foreach(page tenant-app.1 tenant-mail.1)
    configure_file(${MT_PACKAGE_SOURCE}/${page} ${MT_PACKAGE_WORK}/man1/${page} COPYONLY)
  endforeach()
  add_custom_target(mt_manuals ALL DEPENDS ${generated} COMMENT "Writing manual pages and completions")
endif()

# --- what only the package has. Not in `cmake --install`, which is for any prefix: some of it goes to /etc and /lib.
configure_file(${MT_PACKAGE_SOURCE}/changelog.in ${MT_PACKAGE_WORK}/changelog @ONLY)
function(mt_package_only)
  install(${ARGN} COMPONENT package EXCLUDE_FROM_ALL)
endfunction()
set(MT_PACKAGE_DOC /usr/share/doc/mtg)
mt_package_only(DIRECTORY ${MT_PACKAGE_WORK}/man1/ DESTINATION /usr/share/man/man1)
mt_package_only(DIRECTORY ${MT_PACKAGE_WORK}/bash/ DESTINATION /usr/share/bash-completion/completions)
mt_package_only(DIRECTORY ${MT_PACKAGE_WORK}/zsh/ DESTINATION /usr/share/zsh/vendor-completions)
mt_package_only(DIRECTORY ${MT_PACKAGE_WORK}/fish/ DESTINATION /usr/share/fish/vendor_completions.d)
mt_package_only(FILES ${MT_PACKAGE_SOURCE}/mtg.service ${MT_PACKAGE_SOURCE}/mtg.socket DESTINATION /lib/systemd/system)
mt_package_only(FILES ${MT_PACKAGE_SOURCE}/mtg.json DESTINATION /etc/mtg)
mt_package_only(FILES ${MT_PACKAGE_SOURCE}/logrotate DESTINATION /etc/logrotate.d RENAME mtg)
mt_package_only(FILES ${MT_PACKAGE_SOURCE}/lintian-overrides DESTINATION /usr/share/lintian/overrides RENAME mtg)
mt_package_only(FILES ${MT_PACKAGE_SOURCE}/copyright ${MT_PACKAGE_WORK}/changelog DESTINATION ${MT_PACKAGE_DOC})
file(GLOB MT_PACKAGE_PAGES ${PROJECT_SOURCE_DIR}/docs/*.md)
mt_package_only(FILES ${MT_PACKAGE_PAGES} DESTINATION ${MT_PACKAGE_DOC})
install(CODE "file(GLOB pages \"\$ENV{DESTDIR}/usr/share/man/man1/*.1\")
  execute_process(COMMAND gzip -9nf \${pages} \"\$ENV{DESTDIR}${MT_PACKAGE_DOC}/changelog\" COMMAND_ERROR_IS_FATAL ANY)"
  COMPONENT package EXCLUDE_FROM_ALL)

# --- the package
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME mtg)
set(CPACK_PACKAGE_CONTACT "mtg developers <mtg@packages.debian.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "multi-tenant gateway with a small process per tenant")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"HTTP front that takes the first segment of a path, or the name of a host, as
the tenant. Behind it stands one process per tenant, with its own user, data,
models and limits, which is started by the first request and ends when nobody
asks. Models are LoopBack 3's JSON files; any other program can be a tenant.
.
mtg runs and steers the gateway, mtm manages tenants.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION httpd)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, init-system-helpers (>= 1.54~)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates, logrotate")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${MT_PACKAGE_SOURCE}/postinst ${MT_PACKAGE_SOURCE}/prerm
    ${MT_PACKAGE_SOURCE}/postrm ${MT_PACKAGE_SOURCE}/conffiles)
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON)  # for what has an absolute place
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_COMPONENTS_ALL Unspecified package)
include(CPack)
