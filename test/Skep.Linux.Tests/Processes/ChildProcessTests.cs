using System.Globalization;
using Skep.Linux.Errors;
using Skep.Linux.Processes;

namespace Skep.Linux.Tests.Processes;

public sealed class ChildProcessTests
{
    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 77", 77)]
    [InlineData("kill -TERM $$", 143)]
    [InlineData("kill -KILL $$", 137)]
    public void Exit_status_is_the_shells(string script, int status)
    {
        ChildProcess child = ChildProcess.Start("sh", ["-c", script]);
        Assert.Equal(status, child.Wait());
        Assert.Equal(status, child.Wait());
        Assert.True(child.HasEnded(out int again));
        Assert.Equal(status, again);
    }

    [Fact]
    public void A_signal_ends_it()
    {
        ChildProcess child = ChildProcess.Start("sleep", ["1000"]);
        Assert.False(child.HasEnded(out _));
        child.Signal(2);
        Assert.Equal(130, child.Wait());
    }

    [Fact]
    public void No_signal_is_ignored_or_blocked_in_it()
    {
        string path = Path.GetTempFileName();
        try
        {
            Assert.Equal(0, ChildProcess.Start("sh", ["-c", "grep -E 'Sig(Ign|Blk)' /proc/self/status > \"$0\"", path]).Wait());
            ulong[] masks =
            [
                .. File.ReadLines(path).Select(
                    l => ulong.Parse(l.Split('\t')[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))
            ];

            // glibc's posix_spawn leaves its own two signals, 32 and 33, ignored (sysdeps/unix/sysv/linux/spawni.c).
            const ulong libraryOwn = 3ul << 31;
            Assert.Equal([0ul, 0ul], masks.Select(m => m & ~libraryOwn));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void What_cannot_be_started_is_said_so()
    {
        KernelException e = Assert.Throws<KernelException>(() => ChildProcess.Start("/no/such/program", []));
        Assert.Equal("start /no/such/program: ENOENT: No such file or directory (give the path of an executable file)", e.Message);
    }
}
