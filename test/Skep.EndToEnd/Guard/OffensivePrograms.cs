namespace Skep.EndToEnd.Guard;

/// <summary>Programs after public ideas of what BPF can be misused for: <c>Programs/offensive/NAME.bpf.c</c>.</summary>
internal static class OffensivePrograms
{
    /// <summary>Name, and the beginning of what <c>server</c> says; null where its code does not show what it is for.</summary>
    public static IReadOnlyList<(string Name, string? Message)> All { get; } =
    [
        ("write-blocker-by-override", "it can change what functions of the kernel return"),
        ("write-blocker-by-fmod-ret", "it decides what the kernel permits"),
        ("write-blocker-by-lsm", "it decides what the kernel permits"),
        ("hide-from-getdents", "it can write to the memory of processes"),
        ("send-signal", "it can send signals"),
        ("send-signal-to-thread", "it can send signals"),
        ("keystrokes-by-fentry", "it is for functions that carry what is typed"),
        ("keystrokes-by-kprobe", null),
    ];

    /// <summary>The object that clang makes of one.</summary>
    public static string Object(string name) => BpfSource.File($"Programs/offensive/{name}.bpf.c");
}
