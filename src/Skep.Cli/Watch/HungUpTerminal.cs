using Skep.Linux.Streams;

namespace Skep.Cli.Watch;

/// <summary>The terminal that a command was started on, of which the kernel says no more that it is one when it is gone.</summary>
internal sealed class HungUpTerminal
{
    private readonly bool _wasInput = Terminal.IsInput, _wasOutput = Terminal.IsOutput, _wasError = Terminal.IsError;

    /// <summary>Whether it is gone; false when there was none.</summary>
    public bool IsGone =>
        (_wasInput && !Terminal.IsInput) || (_wasOutput && !Terminal.IsOutput) || (_wasError && !Terminal.IsError);
}
