//! Frames and their codec.

use super::*;

#[test]
fn a_frame_survives_encoding() {
    let frame =
        ClientFrame::Append(Append { group: GroupId::from_bytes([7; 32]), entries: vec![vec![1, 2].into()] });
    assert_eq!(ClientFrame::decode(&frame.encode()), Ok(Some(frame)));
}

#[test]
fn a_frame_of_a_later_kind_is_passed_over() {
    let bytes = minicbor::to_vec((200_u32, [1_u8, 2, 3])).unwrap();
    assert_eq!(ClientFrame::decode(&bytes), Ok(None));
    assert_eq!(ServerFrame::decode(&bytes), Ok(None));
}

#[test]
fn a_field_of_a_later_version_is_passed_over() {
    let mut bytes = Vec::new();
    let mut e = minicbor::Encoder::new(&mut bytes);
    e.array(2).unwrap().u8(8).unwrap().array(1).unwrap().map(2).unwrap();
    e.u8(0).unwrap().bytes(&[7; 32]).unwrap().u8(99).unwrap().str("new").unwrap();
    let group = GroupId::from_bytes([7; 32]);
    assert_eq!(ClientFrame::decode(&bytes), Ok(Some(ClientFrame::GetRoster(GetRoster { group }))));
}

#[test]
fn what_is_no_frame_is_refused() {
    assert!(matches!(ClientFrame::decode(&[]), Err(FrameError::Malformed(_))));
    assert!(matches!(ClientFrame::decode(b"<html>login</html>"), Err(FrameError::Malformed(_))));
    assert!(matches!(ServerFrame::decode(&vec![0; limits::MAX_FRAME + 1]), Err(FrameError::TooLarge(_))));
}

#[test]
fn versions_meet_at_the_highest_common_one() {
    let ours = Versions { lowest: 1, highest: 3 };
    assert_eq!(ours.common(Versions { lowest: 2, highest: 9 }), Some(3));
    assert_eq!(ours.common(Versions { lowest: 4, highest: 9 }), None);
}
