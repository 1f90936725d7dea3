using System.Text.RegularExpressions;

namespace Skep.Watch.Tests.Layouts;

/// <summary>The numbers of system calls in the headers of processors (bpf/watch/arch_*.h) against those of the kernel's headers.</summary>
public sealed partial class SystemCallNumberTests
{
    [Theory]
    [InlineData("arch_x86.h", "NR64_", "asm/unistd_64.h")]
    [InlineData("arch_x86.h", "NR32_", "asm/unistd_32.h")]
    [InlineData("arch_x86.h", "NRX32_", "asm/unistd_x32.h")]
    [InlineData("arch_arm64.h", "NR64_", "asm-generic/unistd.h")]
    public void Numbers_are_the_kernels(string header, string prefix, string kernel)
    {
        var c = new CDeclarations();
        c.Add($"#define __X32_SYSCALL_BIT 0\n#include <{kernel}>");
        int count = 0;
        foreach (Match number in Define().Matches(Repository.Read($"bpf/watch/{header}")))
        {
            if (number.Groups["prefix"].Value != prefix) continue;
            c.Assert(prefix, $"__NR_{number.Groups["name"].Value.ToLowerInvariant()} == {number.Groups["number"].Value}");
            count++;
        }

        Assert.True(count >= 5, header);
        c.AssertHolds(prefix);
    }

    [GeneratedRegex(@"^#define (?<prefix>NR\w*?_)(?<name>\w+)\s+(?<number>\d+)", RegexOptions.Multiline)]
    private static partial Regex Define();
}
