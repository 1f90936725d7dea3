namespace Skep.Linux.Files;

/// <summary>Where skep keeps what is gone after a boot.</summary>
public static class SkepPaths
{
    /// <summary>All of it.</summary>
    public const string Base = "/run/skep";

    /// <summary>The bpffs of the tables that filter packets.</summary>
    public const string FilterPins = Base + "/bpf";
}
