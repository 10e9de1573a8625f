#pragma once
#include <set>
#include <string>
#include <string_view>

namespace mt::app {

/// customer_order → CustomerOrder, as LoopBack's discovery names models; a part in capitals counts as one in small letters.
/// What is no ASCII letter or digit separates parts. Empty: no name can be made of it.
std::string discovered_model_name(std::string_view table);
/// customer_id → customerId.
std::string discovered_property_name(std::string_view column);

/// Names that must differ, whatever their case.
class NamesTaken {
public:
    bool has(std::string_view name) const;
    void add(std::string_view name);
    /// `wanted`, or with the first number behind it that makes it another; it is taken then.
    std::string take(const std::string& wanted);

private:
    std::set<std::string, std::less<>> names_;
};

}  // namespace mt::app
