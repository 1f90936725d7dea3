using System.Text;
using Skep.Watch.Layouts;
using Skep.Watch.Processes;
using Skep.Watch.Tests.Support;

namespace Skep.Watch.Tests.Processes;

public sealed class ProcessTableTests
{
    private const int Capacity = 16384;

    private readonly ProcessTable _table = CallSketch.NoProcesses();

    [Fact]
    public void A_process_is_known_by_its_number_and_its_start()
    {
        Add(7, 100, "bash\0bin\0", "");
        Assert.Equal(("/bin/bash", "/", null, null), Facts(7, 100));
        Assert.Null(_table.Find(7, 101));
        Assert.Null(_table.Find(8, 100));
    }

    [Fact]
    public void What_is_sent_again_replaces_what_was_known()
    {
        Add(7, 100, "bash\0bin\0", "a\0");
        Add(7, 100, "ls\0bin\0", "b\0");
        Assert.Equal(("/bin/ls", "/b", null, null), Facts(7, 100));
    }

    [Fact]
    public void A_deleted_executable_is_marked()
    {
        var header = new ProcessRecord { Pid = 1, ProcessStart = 1, ExeLength = 2, ExeDeleted = 1 };
        Assert.True(_table.Add(header, "x\0"u8));
        Assert.Equal("/x (deleted)", _table.Find(1, 1)!.Exe);
        Add(2, 1, "", "");
        Assert.Null(_table.Find(2, 1)!.Exe);
    }

    [Fact]
    public void Lengths_that_do_not_fit_are_refused()
    {
        Assert.False(_table.Add(new ProcessRecord { ExeLength = 4, CgroupLength = 1 }, "abc\0"u8));
        Assert.False(_table.Add(new ProcessRecord { ExeLength = uint.MaxValue, CgroupLength = 5 }, "abc\0"u8));
        Assert.False(_table.Add(new ProcessRecord { ExeLength = 4, ArgvLength = 1 }, "abc\0"u8));
        Assert.False(_table.Add(new ProcessRecord { ArgvLength = uint.MaxValue }, "abc\0"u8));
        Assert.Null(_table.Find(0, 0));
    }

    [Fact]
    public void The_one_longest_unused_makes_room()
    {
        for (uint pid = 1; pid <= Capacity; pid++) Add(pid, 1, "x\0", "");
        Assert.NotNull(_table.Find(1, 1));
        Add(2, 1, "y\0", "");
        Add(Capacity + 1, 1, "x\0", "");
        Add(Capacity + 2, 1, "x\0", "");
        Assert.NotNull(_table.Find(1, 1));
        Assert.NotNull(_table.Find(2, 1));
        Assert.Null(_table.Find(3, 1));
        Assert.Null(_table.Find(4, 1));
        Assert.NotNull(_table.Find(5, 1));
    }

    private (string? Exe, string? Cgroup, string? Unit, string? Container) Facts(uint pid, ulong start) =>
        _table.Find(pid, start) is { } process ? (process.Exe, process.Cgroup, process.Unit, process.Container) : default;

    private void Add(uint pid, ulong start, string exe, string cgroup) => Assert.True(_table.Add(
        new ProcessRecord { Pid = pid, ProcessStart = start, ExeLength = (uint)exe.Length, CgroupLength = (uint)cgroup.Length },
        Encoding.ASCII.GetBytes(exe + cgroup)));
}
