namespace Skep.Linux.Network;

/// <summary>Address families by the names that ss(8) and the headers use.</summary>
public static class AddressFamilyNames
{
    public static string Of(ulong family) => family switch
    {
        1 => "unix",
        2 => "inet",
        10 => "inet6",
        16 => "netlink",
        17 => "packet",
        38 => "alg",
        40 => "vsock",
        41 => "kcm",
        44 => "xdp",
        _ => $"family {family}",
    };
}
