namespace Skep.Kernel.Tests;

/// <summary>What a test needs of the machine. Where it lacks, the test is skipped; in CI it runs, and fails.</summary>
internal static class Requires
{
    public static void Root() => Assert.SkipUnless(Environment.IsPrivilegedProcess || InCi, "needs root");

    public static void Installed(string tool) => Assert.SkipUnless(Tool.Find(tool) is not null || InCi, $"needs {tool}");

    private static bool InCi => Environment.GetEnvironmentVariable("CI") is not (null or "" or "false");
}
