namespace Skep.Testing;

/// <summary>What a test needs of the machine. Where it lacks, the test is skipped; in CI it runs, and fails.</summary>
public static class Requires
{
    public static void Root() => Assert.SkipUnless(Environment.IsPrivilegedProcess || InCi, "needs root");

    public static void Installed(string tool) => Assert.SkipUnless(Tool.TryFind(tool) is not null || InCi, $"needs {tool}");

    /// <summary>Skipped in CI too: no installation makes an older kernel a newer one.</summary>
    public static void Kernel(int major, int minor) =>
        Assert.SkipUnless(IsKernel(major, minor), $"the machine cannot: its kernel is older than Linux {major}.{minor}");

    public static bool IsKernel(int major, int minor) => Environment.OSVersion.Version >= new Version(major, minor);

    private static bool InCi => Environment.GetEnvironmentVariable("CI") is not (null or "" or "false");
}
