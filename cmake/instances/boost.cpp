// What Asio and Beast have besides templates, compiled here instead of in every file (BOOST_*_SEPARATE_COMPILATION).
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
