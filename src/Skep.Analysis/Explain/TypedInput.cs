using Skep.Analysis.Analyze;

namespace Skep.Analysis.Explain;

/// <summary>Whether a program takes what is typed: being at the place is not enough.</summary>
internal static class TypedInput
{
    // Functions that carry what is typed or moved (drivers/input, drivers/hid, drivers/tty), with the numbers of the arguments that hold
    // it, from 0: no device, no length.
    private static readonly Dictionary<string, int[]> Functions = new(StringComparer.Ordinal)
    {
        ["input_event"] = [1, 2, 3],
        ["input_handle_event"] = [1, 2, 3],
        ["input_inject_event"] = [1, 2, 3],
        ["input_pass_values"] = [1],
        ["input_report_key"] = [1, 2],
        ["evdev_event"] = [1, 2, 3],
        ["evdev_events"] = [1],
        ["evdev_pass_values"] = [1],
        ["kbd_event"] = [1, 2, 3],
        ["kbd_keycode"] = [0, 1],
        ["kbd_rawcode"] = [0],
        ["hidinput_hid_event"] = [1, 2, 3],
        ["hidinput_report_event"] = [1],
        ["hid_input_report"] = [2],
        ["hid_report_raw_event"] = [2],
        ["atkbd_interrupt"] = [1],
        ["atkbd_receive_byte"] = [1],
        ["serio_interrupt"] = [1],
        ["tty_insert_flip_string_fixed_flag"] = [1],
        ["tty_insert_flip_string_and_push_buffer"] = [1],
        ["tty_read"] = [1],
        ["n_tty_read"] = [2],
        ["n_tty_receive_buf"] = [1],
        ["n_tty_receive_buf2"] = [1],
        ["tty_ldisc_receive_buf"] = [1],
    };

    /// <summary>The finding; null for none.</summary>
    public static Finding? Of(ProgramAnalysis analysis)
    {
        if (analysis.Code.Target?.Split('+')[0] is not { } target) return null;
        if (target.EndsWith(":readline", StringComparison.Ordinal) || target == "readline") return Lines(analysis, target);
        if (!Functions.TryGetValue(target, out int[]? arguments)) return null;
        int[] reads =
        [
            .. analysis.Accesses.Where(access => access is { Kind: AccessKind.Load, Address: { Kind: ValueKind.Context,
                HasOffset: true } place }
                && analysis.Context.ArgumentAt(place.Offset, access.Size) is { } argument
                    && arguments.Contains(argument)).Select(access => access.Slot).Order(),
        ];
        return reads.Length > 0 ? new Finding("reads-keystrokes", $"takes what {target} is given", reads) : null;
    }

    // The line is what readline returns; at its start there is the prompt only.
    private static Finding? Lines(ProgramAnalysis analysis, string target)
    {
        int[] reads =
        [
            .. analysis.Calls.Where(call => call.ArgumentOf(ArgumentRole.UserSource) is { Origin: >= 0 } source
                && analysis.AccessAt(source.Origin) is { Address: { Kind: ValueKind.Context, HasOffset: true } place } load
                && analysis.Context.FieldName(place.Offset, load.Size) == "return value").Select(call => call.Slot).Order(),
        ];
        return reads.Length > 0 ? new Finding("reads-typed-lines", $"takes what {target} returns", reads) : null;
    }
}
