import { BlockList, isIPv4, isIPv6 } from "node:net";

/** What IPv4 has set apart for special purposes (RFC 6890 and later): loopback, private, link-local and others. */
const SPECIAL_V4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
];

/** Within 2000::/3, outside which no IPv6 address is public: what carries IPv4 addresses, and examples. */
const SPECIAL_V6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

const specialV4 = blockList(SPECIAL_V4, "ipv4"), specialV6 = blockList(SPECIAL_V6, "ipv6");
const globalV6 = blockList(["2000::/3"], "ipv6");

/** Whether an IP address can only be that of a host on the Internet, none within the operator's own walls. */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !specialV4.check(address, "ipv4");
  return isIPv6(address) && !address.includes("%") && globalV6.check(address, "ipv6") &&
    !specialV6.check(address, "ipv6");
}

function blockList(networks: readonly string[], family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [base, bits] = network.split("/");
    list.addSubnet(base!, Number(bits), family);
  }
  return list;
}
