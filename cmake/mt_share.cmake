# What the programs find at ../share/mtg: the tenant templates and the explorer's files, in the build tree as installed.

# --- templates: copied whenever one of their files changed
set(MT_TEMPLATES ${PROJECT_SOURCE_DIR}/tenants/.templates)
file(GLOB_RECURSE MT_TEMPLATE_FILES CONFIGURE_DEPENDS ${MT_TEMPLATES}/*)
set(MT_TEMPLATES_STAMP ${CMAKE_BINARY_DIR}/templates.stamp)
add_custom_command(OUTPUT ${MT_TEMPLATES_STAMP}
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${MT_SHARE_DIR}/templates
  COMMAND ${CMAKE_COMMAND} -E copy_directory ${MT_TEMPLATES} ${MT_SHARE_DIR}/templates
  COMMAND ${CMAKE_COMMAND} -E touch ${MT_TEMPLATES_STAMP}
  DEPENDS ${MT_TEMPLATE_FILES}
  COMMENT "Copying the tenant templates" VERBATIM)
add_custom_target(mt_templates ALL DEPENDS ${MT_TEMPLATES_STAMP})
install(DIRECTORY ${MT_TEMPLATES}/ DESTINATION share/mtg/templates)

# --- explorer: Swagger UI from npm, never committed; the stamp is written by the script when all files are there
find_program(MT_NPM npm)
if(MT_NPM)
  set(MT_EXPLORER_STAMP ${CMAKE_BINARY_DIR}/explorer.stamp)
  set(MT_EXPLORER_SOURCE ${PROJECT_SOURCE_DIR}/cmake/explorer)
  add_custom_command(OUTPUT ${MT_EXPLORER_STAMP}
    COMMAND ${CMAKE_COMMAND} -DNPM=${MT_NPM} -DSOURCE=${MT_EXPLORER_SOURCE} -DWORK=${CMAKE_BINARY_DIR}/explorer-npm
            -DTARGET=${MT_SHARE_DIR}/explorer -DSTAMP=${MT_EXPLORER_STAMP} -P ${MT_EXPLORER_SOURCE}/fetch.cmake
    DEPENDS ${MT_EXPLORER_SOURCE}/package.json ${MT_EXPLORER_SOURCE}/package-lock.json ${MT_EXPLORER_SOURCE}/fetch.cmake
    COMMENT "Taking Swagger UI from npm" VERBATIM)
  add_custom_target(mt_explorer ALL DEPENDS ${MT_EXPLORER_STAMP})
else()
  message(NOTICE "npm not found: building without Swagger UI; /explorer will say what is missing (apt-get install npm)")
endif()
install(DIRECTORY ${MT_SHARE_DIR}/explorer DESTINATION share/mtg OPTIONAL)

# --- the operator's page: as it is, no build step
set(MT_PAGE_SOURCE ${PROJECT_SOURCE_DIR}/gateway/ui/assets)
file(GLOB MT_PAGE_FILES CONFIGURE_DEPENDS ${MT_PAGE_SOURCE}/*)
set(MT_PAGE_STAMP ${CMAKE_BINARY_DIR}/page.stamp)
add_custom_command(OUTPUT ${MT_PAGE_STAMP}
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${MT_SHARE_DIR}/ui
  COMMAND ${CMAKE_COMMAND} -E copy_directory ${MT_PAGE_SOURCE} ${MT_SHARE_DIR}/ui
  COMMAND ${CMAKE_COMMAND} -E touch ${MT_PAGE_STAMP}
  DEPENDS ${MT_PAGE_FILES}
  COMMENT "Copying the operator's page" VERBATIM)
add_custom_target(mt_page ALL DEPENDS ${MT_PAGE_STAMP})
install(DIRECTORY ${MT_PAGE_SOURCE}/ DESTINATION share/mtg/ui)
