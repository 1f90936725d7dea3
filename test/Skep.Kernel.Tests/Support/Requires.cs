namespace Skep.Kernel.Tests.Support;

/// <summary>What a test needs of the machine. Where it lacks, the test is skipped; in CI it runs, and fails.</summary>
internal static class Requires
{
    public static void Root() => Assert.SkipUnless(Environment.IsPrivilegedProcess || InCi, "needs root");

    public static void Installed(string tool) => Assert.SkipUnless(Tool.Find(tool) is not null || InCi, $"needs {tool}");

    /// <summary>That the kernel executes calls of <c>int 0x80</c> for programs of these flags of gcc (CONFIG_IA32_EMULATION, ia32_emulation=).</summary>
    public static void CompatCalls(string[] flags)
    {
        Outcome tried = Tool.Try("env", CProgram.Path("compat_probe.c", flags));
        Assert.SkipUnless(tried.Code == 0, $"the machine cannot: this kernel executes no 32-bit system calls (a program of {string.Join(' ', flags)} exits {tried.Code} {tried.Error.Trim()})");
    }

    private static bool InCi => Environment.GetEnvironmentVariable("CI") is not (null or "" or "false");
}
