using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Debug.Debugger;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.State;
using Skep.Linux.Errors;
using Skep.Output;

namespace Skep.Cli.Debug;

/// <summary>What a command line asks of each program that it names.</summary>
/// <param name="Only">The program of a file; null where it has one only.</param>
/// <param name="Directory">The directory of <c>watch --save</c>; null for what is loaded.</param>
/// <param name="IsCheck">Whether it is run to its end here and in the kernel.</param>
/// <param name="Commands">The commands to do; none to read those of standard input.</param>
/// <param name="Input">The packet or context.</param>
/// <param name="Options">What the machine is.</param>
internal sealed record DebugRequest(
    string? Only, string? Directory, bool IsCheck, string[] Commands, MachineInput Input, MachineOptions Options)
{
    /// <summary>Whether it needs nobody who types.</summary>
    public bool IsScript => IsCheck || Commands.Length > 0;

    /// <summary>Does it with a program.</summary>
    /// <returns>The exit code.</returns>
    public int Do(string[] words, OutputForm form) => Do(words, form, static _ => { });

    /// <summary>Does it with one of several programs, which is named before; what it cannot do with it is an error of that one.</summary>
    /// <returns>The exit code.</returns>
    public int DoOneOfSeveral(string[] words, OutputForm form)
    {
        try
        {
            return Do(words, form, target => StandardOutput.Write(
                form,
                json =>
                {
                    json.WriteStartObject();
                    json.WriteString("program", Name(target, words));
                    json.WriteEndObject();
                },
                text => text.WriteLine($"program {SafeText.Escape(Name(target, words))}")));
        }
        catch (Exception e) when (e is KernelException or IOException or InvalidDataException or NotSupportedException)
        {
            return Message.Error(e.Message, ExitCode.Failed);
        }
    }

    private static string Name(DebugTarget target, string[] words) =>
        target.Code.Name is { Length: > 0 } name ? $"{name} ({string.Join(' ', words)})" : string.Join(' ', words);

    private int Do(string[] words, OutputForm form, Action<DebugTarget> begin)
    {
        DebugTarget? target = DebugTargets.Choose(words, Only, Directory, out string? mistake);
        if (target is null) return Message.Error(mistake!, ExitCode.Usage);
        target = target with { Input = Input, Options = Options };
        if (IsCheck && target.Make is null)
            return Message.Error("--check wants an ELF object: a loaded program would run on maps that are in use", ExitCode.Usage);
        begin(target);
        return IsCheck ? DebugCheck.Run(words[0], target, form) : DebugRun.Run(target, Commands, form);
    }
}
